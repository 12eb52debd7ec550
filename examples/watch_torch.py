"""Train a small convolutional network on the packaged digits and watch all of it.

    pip install torch
    python examples/watch_torch.py

`gnomon up` shows histograms of weights, gradients and activations over the steps, filters, and preferred inputs.
"""

import torch
from torch import nn

import gnomon
from gnomon.integrations.torch import embeddings, log_filters, preferred_inputs
from gnomon.models import digits


def network() -> nn.Module:
    """Return the network: 64 pixels to ten classes."""
    return nn.Sequential(
        nn.Conv2d(1, 16, 3, padding=1),
        nn.ReLU(),
        nn.Conv2d(16, 32, 3),
        nn.ReLU(),
        nn.Flatten(),
        nn.Linear(32 * 36, 64),
        nn.ReLU(),
        nn.Linear(64, 10),
    )


def main(epochs: int = 5, batch: int = 32) -> None:
    """Train it, and log what it has learnt after each epoch."""
    torch.manual_seed(0)
    data = digits.load()
    x, y = torch.from_numpy(data.x_train).reshape(-1, 1, 8, 8), torch.from_numpy(data.y_train)
    x_test, y_test = torch.from_numpy(data.x_test).reshape(-1, 1, 8, 8), torch.from_numpy(data.y_test)
    model = network()
    optimizer = torch.optim.SGD(model.parameters(), 0.1)
    schedule = torch.optim.lr_scheduler.ExponentialLR(optimizer, 0.7)
    with gnomon.init("digits", config={"network": "conv", "epochs": epochs, "batch": batch}) as run:
        run.watch(model)
        run.watch(optimizer, "learning_rate", attribute="param_groups.0.lr")
        for epoch in range(epochs):
            for rows in torch.randperm(len(x)).split(batch):
                optimizer.zero_grad()
                loss = nn.functional.cross_entropy(model(x[rows]), y[rows])
                loss.backward()
                optimizer.step()
                run.log({"train/loss": loss})
            schedule.step()
            right = (model(x_test).argmax(1) == y_test).double().mean()
            run.update(epoch=epoch + 1, step=run.step)
            run.log({"val/acc": right}, step=run.step)
            log_filters(run, model[0], "filters", step=run.step)
            top = preferred_inputs(model, "2", x_test, k=8)
            pictures = gnomon.Images(top.tiles(x_test.permute(0, 2, 3, 1).numpy()), columns=8, layout="NHWC")
            codes = embeddings(model, "6", x_test, labels=data.y_test)
            run.log({"preferred": pictures, "codes": codes}, step=run.step)
        print(f"{run.project}/{run.name}: {right:.1%} of the test images are right")


if __name__ == "__main__":
    main()
