#!/usr/bin/env python3
"""Data sets as NumPy's users have them, with what NumPy makes of them. Run here after a change."""
import numpy as np

r = np.random.default_rng(1)

# As Keras's .npz: bytes, labels of bytes in a column; a class has a row of the picture lit.
def pictures(n, channels=None):
    y = np.arange(n) % 3
    x = r.integers(0, 60, (n, 6, 5) if channels is None else (n, 6, 5, channels))
    for i, k in enumerate(y):
        x[i, 2 * k] = 255 if channels is None else [255, 10 * k, 0]
    return x.astype(np.uint8), y.astype(np.uint8)

x_train, y_train = pictures(60)
x_test, y_test = pictures(15)
np.savez_compressed("grey.npz", x_train=x_train, y_train=y_train, x_test=x_test, y_test=y_test)
# Colours, channels last, as floats from 0 to 1, labels in a column.
x_train, y_train = pictures(60, 3)
x_test, y_test = pictures(15, 3)
np.savez_compressed("colour.npz", x_train=(x_train / 255).astype(np.float32),
    y_train=y_train[:, None], x_test=(x_test / 255).astype(np.float32), y_test=y_test[:, None])

# Numbers of very different sizes, one of them the same everywhere; classes 3, 5 and 9.
y = np.repeat([5, 9, 3], 20)[r.permutation(60)]
x = np.stack([1.6e9 + 40 * y + 20 * r.normal(size=60), 1e-6 * (y % 4 + r.normal(size=60) / 2),
    np.full(60, 7.25)], 1)
np.savez("table.npz", x=x, y=y)
np.save("x.npy", (x - [1.6e9, 0, 0]).astype(np.float32))
np.save("y.npy", y.astype(np.int32))
np.save("mean_std.npy", np.stack([x.mean(0), x.std(0)]))
