"""Models of other tools as graphs of the canvas: PyTorch, ONNX. What needs a framework runs in a worker."""
