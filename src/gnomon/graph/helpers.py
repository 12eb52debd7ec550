"""Functions that written code may need above the model: their text, for the server never imports a framework."""

from typing import Final

HELPERS: Final[dict[str, dict[str, str]]] = {"torch": {}, "keras": {}}
"""Source of functions by target and name; a component names those that its code calls (`Code.helpers`)."""

HELPERS["torch"]["causal_mask"] = '''
def causal_mask(query, key):
    """Return what each step of `query` may not see of `key`: True for the steps behind it."""
    ones = torch.ones(query.shape[1], key.shape[1], dtype=torch.bool, device=query.device)
    return ones.triu(1)
'''

HELPERS["torch"]["hash_words"] = '''
def hash_words(text, vocabulary, length):
    """Return ids (batch, length) of the words in UTF-8 bytes (batch, n); 0 where there is no word."""
    text = torch.where((text >= 65) & (text <= 90), text + 32, text)  # small letters
    letter = ((text >= 48) & (text <= 57)) | ((text >= 97) & (text <= 122)) | (text >= 128)
    first = letter & ~F.pad(letter, (1, -1))
    word = first.cumsum(1) * letter  # 1 1 1 0 2 2: the word that each byte is of
    pair = (text + 257 * F.pad(text * letter, (1, -1))) % 46337
    member = word[:, :, None] == torch.arange(1, length + 1, device=text.device)
    total = ((pair * pair % 46337)[:, :, None] * member).sum(1)
    return torch.where(member.any(1), 1 + total % (vocabulary - 1), 0)
'''

HELPERS["torch"]["DropPath"] = '''
class DropPath(nn.Module):
    """Set all of a sample to zero at random while training, and scale the others up."""

    def __init__(self, rate):
        super().__init__()
        self.rate = rate

    def forward(self, x):
        if not self.training or not self.rate:
            return x
        kept = torch.rand(len(x), *[1] * (x.dim() - 1), device=x.device) >= self.rate
        return x * kept / (1 - self.rate)
'''

HELPERS["torch"]["Augment"] = '''
class Augment(nn.Module):
    """Flip, turn, shift and zoom each image at random and add noise, while training."""

    def __init__(self, flip="none", rotate=0, shift=0, zoom=0, noise=0):
        super().__init__()
        self.flip, self.rotate, self.shift, self.zoom, self.noise = flip, rotate, shift, zoom, noise

    def forward(self, x):
        if not self.training:
            return x
        for axis in {"horizontal": (3,), "vertical": (2,), "both": (2, 3)}.get(self.flip, ()):
            chosen = torch.rand(len(x), 1, 1, 1, device=x.device) < 0.5
            x = torch.where(chosen, x.flip(axis), x)
        if self.rotate or self.shift or self.zoom:
            grid = F.affine_grid(self.maps(x), x.shape, align_corners=False)
            x = F.grid_sample(x, grid, align_corners=False)
        return x + self.noise * torch.randn_like(x) if self.noise else x

    def maps(self, x):
        """Return an affine map (batch, 2, 3) for each image, from new places to old ones."""
        turn, zoom, right, down = 2 * torch.rand(4, len(x), device=x.device, dtype=x.dtype) - 1
        angle, size = torch.deg2rad(turn * self.rotate), 1 + zoom * self.zoom
        cos, sin, ratio = angle.cos() * size, angle.sin() * size, x.shape[2] / x.shape[3]
        rows = [cos, -sin * ratio, 2 * self.shift * right, sin / ratio, cos, 2 * self.shift * down]
        return torch.stack(rows, dim=1).view(-1, 2, 3)
'''

HELPERS["keras"]["HashWords"] = '''
@keras.saving.register_keras_serializable()
class HashWords(layers.Layer):
    """Give ids (batch, length) to the words in UTF-8 bytes (batch, n); 0 where there is no word."""

    def __init__(self, vocabulary, length, **kwargs):
        super().__init__(**kwargs)
        self.vocabulary, self.length = vocabulary, length

    def call(self, text):
        text = ops.cast(text, "int32")
        text = ops.where((text >= 65) & (text <= 90), text + 32, text)  # small letters
        letter = ((text >= 48) & (text <= 57)) | ((text >= 97) & (text <= 122)) | (text >= 128)
        letter = ops.cast(letter, "int32")
        first = letter * (1 - ops.pad(letter[:, :-1], ((0, 0), (1, 0))))
        word = ops.cumsum(first, axis=1) * letter  # 1 1 1 0 2 2: the word that each byte is of
        pair = (text + 257 * ops.pad((text * letter)[:, :-1], ((0, 0), (1, 0)))) % 46337
        member = ops.expand_dims(word, 2) == ops.arange(1, self.length + 1)
        mixed = ops.expand_dims(pair * pair % 46337, 2) * ops.cast(member, "int32")
        ids = 1 + ops.sum(mixed, axis=1) % (self.vocabulary - 1)
        return ops.where(ops.any(member, axis=1), ids, 0)

    def compute_output_spec(self, text):
        return keras.KerasTensor((text.shape[0], self.length), dtype="int32")

    def get_config(self):
        return {**super().get_config(), "vocabulary": self.vocabulary, "length": self.length}
'''

HELPERS["keras"]["PositionalEmbedding"] = '''
@keras.saving.register_keras_serializable()
class PositionalEmbedding(layers.Layer):
    """Add a learnt vector to every step, which tells where it stands."""

    def __init__(self, length, **kwargs):
        super().__init__(**kwargs)
        self.length = length

    def build(self, input_shape):
        shape = (self.length, input_shape[-1])
        self.embeddings = self.add_weight(shape=shape, initializer="uniform", name="embeddings")

    def call(self, x):
        return x + self.embeddings[: ops.shape(x)[1]]

    def compute_output_shape(self, input_shape):
        return input_shape

    def get_config(self):
        return {**super().get_config(), "length": self.length}
'''
