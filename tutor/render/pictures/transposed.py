"""A transposed convolution: the window slides over the output. The formula of the output size filled in, and where the
windows lie along the last dimension.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from rich.text import Text

from tutor.catalogue.model import Lang
from tutor.render.pictures import axes
from tutor.render.pictures.axes import Shape
from tutor.render.pictures.canvas import Canvas, say
from tutor.render.pictures.drawing import DIM
from tutor.render.pictures.windows import WINDOWS, Sliding, more, outside, places_of, times


@dataclass(frozen=True)
class Transposed(Sliding):
    """Each element of the input writes a window of the output, of which the padding is cut off. The weight is (in
    channels, out channels of a group, *kernel)."""

    output_padding: Shape = ()

    @property
    def sizes(self) -> tuple[int | None, ...]:
        """Of the output, without batch and channels."""
        return tuple(axes.transposed(*self.terms(d).values()) for d in range(len(self.kernel)))

    def terms(self, d: int) -> dict[str, int]:
        """The numbers that go into the size of one dimension, by their names in torch."""
        return {**super().terms(d), "output_padding": self.output_padding[d]}

    @property
    def channels(self) -> tuple[int, int]:
        """That go in, and that come out."""
        assert self.weight is not None
        return self.weight.shape[0], self.weight.shape[1] * self.groups

    def name(self, lang: Lang) -> str:
        """Of the operation."""
        return say(lang, "transposed convolution", "转置卷积")

    def formula(self, terms: Mapping[str, object], canvas: Canvas) -> str:
        """Of the size of the output, with numbers or with names."""
        text = "({size} - 1){x}{stride} - 2{x}{padding} + {dilation}{x}({kernel_size} - 1) + {output_padding} + 1"
        return text.format(x=times(canvas), **terms)

    def refusal(self, lang: Lang) -> str:
        """Why torch refuses the sizes."""
        sides = zip(self.output_padding, self.stride, self.dilation, strict=True)
        if any(extra >= max(stride, dilation) for extra, stride, dilation in sides):
            return say(
                lang, "output_padding has to be smaller than stride or dilation", "output_padding须小于stride或dilation"
            )
        return say(lang, "the padding cuts off all of the output", "输出全被padding裁去")

    def figure(self, canvas: Canvas) -> list[Text]:
        """The windows that the first elements of the input write, over the output along its last dimension."""
        terms, size = self.terms(-1), self.sizes[-1]
        k, s, p, g = (terms[name] for name in ("kernel_size", "stride", "padding", "dilation"))
        width, room = g * (k - 1) + 1, (canvas.width - 10) // 2
        if size is None or room < width:
            return []
        count = terms["size"]
        drawn = min(count, WINDOWS, (room - width) // s + 1)
        whole = p + size + p
        shown = min(whole, room) if drawn == count else min(whole, room, (drawn - 1) * s + width + 3)
        wrote, back = ("v ", "<-") if canvas.ascii else ("▼ ", "←")
        out = [Text()]
        for n in range(drawn):
            marks = Text("  " + "  " * n * s)
            for i in range(k):
                marks.append(wrote, "cyan").append("  " * (g - 1) if i < k - 1 else "")
            out.append(marks.append(f" {back} {n}", DIM))
        out.append(places_of(range(shown), range(p, p + size), shown < whole, canvas))
        told = [*more(count - drawn, canvas), *self._told(canvas)]
        return [*out, *([Text("  " + "   ".join(told), style=DIM)] if told else [])]

    def _told(self, canvas: Canvas) -> Iterator[str]:
        """What the windows make of the output."""
        terms = self.terms(-1)
        reads = range(0, terms["dilation"] * terms["kernel_size"], terms["dilation"])
        if any(at and at % terms["stride"] == 0 and at // terms["stride"] < terms["size"] for at in reads):
            yield say(canvas.lang, "sums where they overlap", "重叠处相加")
        if terms["padding"]:
            yield f"{outside(canvas)} = {say(canvas.lang, 'padding, cut off', '被padding裁去')}"
