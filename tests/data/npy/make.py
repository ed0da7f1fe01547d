"""Makes the files here with NumPy 2.4: python3 make.py. Element i, in row-major order, is i/2 - 1
(floats), 7 * i - 3 (integers), 11 * i (bytes) or whether i is odd (bool)."""

import numpy as np
from numpy.lib import format as npy


def floats(shape, dtype):
    return (np.arange(np.prod(shape, dtype=int)) / 2 - 1).astype(dtype).reshape(shape)


def save(name, array, version=None):
    with open(name, "wb") as out:
        npy.write_array(out, array, version)


save("f4.npy", floats((2, 3), "<f4"))
save("f4_fortran.npy", np.asfortranarray(floats((2, 3, 4), "<f4")))
save("f8_version2.npy", floats((5,), "<f8"), (2, 0))
save("f8_scalar.npy", floats((), "<f8"))
save("i8_fortran.npy", np.asfortranarray((np.arange(6) * 7 - 3).astype("<i8").reshape(3, 2)))
save("u1.npy", (np.arange(4) * 11).astype("u1").reshape(1, 2, 2))
save("b1.npy", np.arange(3) % 2 == 1)
save("empty.npy", floats((3, 0), "<f4"))
save("f2.npy", floats((2,), "<f2"))
save("big_endian.npy", floats((2,), ">f4"))
arrays = {"f4": floats((2, 3), "<f4"), "i8": (np.arange(100) * 7 - 3).reshape(4, 25), "grüße": floats((), "<f8")}
np.savez("stored.npz", **arrays)
np.savez_compressed("deflated.npz", **arrays)
