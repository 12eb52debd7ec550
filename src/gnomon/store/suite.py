"""The contract of storage engines as tests: subclass `EngineSuite`, give it an `engine` fixture, and run pytest.

Example:
    ```python
    class TestMyEngine(EngineSuite):
        @pytest.fixture
        def engine(self, tmp_path):
            with MyEngine(tmp_path) as engine:
                yield engine
    ```
"""
