"""The starter judge's network: finds centre points with a thing, a colour and a size."""

from __future__ import annotations

from torch import Tensor, nn

STRIDE = 4


class JudgeNetwork(nn.Module):
    """A picture to maps at a quarter of its size: (things, colours, offset x and y, log width and height)."""

    def __init__(self, things: int, colours: int) -> None:
        super().__init__()
        self.fine = nn.Sequential(_layer(3, 24, stride=2), _layer(24, 48, stride=2), _layer(48, 48))
        self.middle = nn.Sequential(_layer(48, 96, stride=2), _layer(96, 96), _layer(96, 96))
        self.coarse = nn.Sequential(_layer(96, 128, stride=2), _layer(128, 128), _layer(128, 128))
        self.from_coarse = nn.Conv2d(128, 96, 1)
        self.join_middle = _layer(96, 96)
        self.from_middle = nn.Conv2d(96, 48, 1)
        self.join_fine = _layer(48, 64)
        self.things = nn.Conv2d(64, things, 1)
        self.colours = nn.Conv2d(64, colours, 1)
        self.shape = nn.Conv2d(64, 4, 1)
        if self.things.bias is not None:
            nn.init.constant_(self.things.bias, -4.0)  # a thing is rare: without this the first steps explode

    def forward(self, pictures: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """(batch, 3, height, width) in -1..1, sides multiples of 16, to logits and shapes."""
        fine = self.fine(pictures)
        middle = self.middle(fine)
        coarse = self.coarse(middle)
        middle = self.join_middle(middle + doubled(self.from_coarse(coarse)))
        joined = self.join_fine(fine + doubled(self.from_middle(middle)))
        return self.things(joined), self.colours(joined), self.shape(joined)


def doubled(cells: Tensor) -> Tensor:
    """Maps twice as tall and wide, every cell repeated; (batch, channels, rows, columns) to 2 rows and 2 columns.

    Nearest interpolation gives the same, but compiled by torch 2.13 for a CPU in bfloat16 its gradient is nearly zero,
    and the layers below would hardly learn.
    """
    batch, channels, rows, columns = cells.shape
    wide = cells[:, :, :, None, :, None].expand(batch, channels, rows, 2, columns, 2)
    return wide.reshape(batch, channels, rows * 2, columns * 2)


def _layer(channels_in: int, channels_out: int, *, stride: int = 1) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(channels_in, channels_out, 3, stride=stride, padding=1, bias=False),
        nn.BatchNorm2d(channels_out),
        nn.ReLU(inplace=True),
    )
