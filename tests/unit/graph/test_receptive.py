import pytest
from tests.unit.graph.build import build

from gnomon.graph.infer import infer


@pytest.mark.parametrize(
    ("layers", "expected"),
    [
        # By hand: r' = r + (k - 1) j, j' = s j.
        ("a:conv2d(kernel_size=3)>b:conv2d(kernel_size=3)>end:conv2d(kernel_size=3)", (7, 7)),
        ("a:conv2d(kernel_size=3,strides=2)>end:conv2d(kernel_size=3)", (7, 7)),
        ("a:conv2d(kernel_size=[1,5])>end:conv2d(kernel_size=[3,1])", (3, 5)),
        ("a:max_pool2d>b:max_pool2d>end:conv2d(kernel_size=3)", (12, 12)),
        ("a:conv2d(kernel_size=3,dilation=2)>end:dropout", (5, 5)),
        ("a:conv2d(kernel_size=5)>n:batch_norm>r:activation>end:max_pool2d", (6, 6)),
        # AlexNet's first layers, as their paper's followers count them: 11 at stride 4, pooling of 3 at stride 2, 5.
        ("a:conv2d(kernel_size=11,strides=4)>b:max_pool2d(pool_size=3,strides=2)>end:conv2d(kernel_size=5)", (51, 51)),
        ("end:flatten", None),
        ("end:global_avg_pool", None),
        ("a:conv2d>end:permute(axes=[2,1,3])", None),
    ],
)
def test_a_place_sees_as_much_of_the_input_as_its_windows_reach(layers: str, expected: tuple[int, ...] | None) -> None:
    graph = build(f"image:image_input(height=224,width=224)>{layers}")
    assert infer(graph).nodes["end"].receptive == expected


def test_where_branches_meet_the_one_that_sees_more_counts() -> None:
    graph = build("x:image_input>a:conv2d>b:conv2d>sum.in.0:add x>c:conv2d(kernel_size=1)", "c>sum.in.1")
    assert infer(graph).nodes["sum"].receptive == (5, 5)


def test_along_a_sequence_there_is_one_axis() -> None:
    graph = build(
        "x:sequence_input(length=50,features=3)>a:conv1d(kernel_size=5)>b:max_pool1d>c:lstm(return_sequences=True)"
    )
    found = {name: node.receptive for name, node in infer(graph).nodes.items()}
    assert found == {"x": (1,), "a": (5,), "b": (6,), "c": None}
