#!/usr/bin/env python3
"""Writes and checks more_cases.json and more_cases.safetensors beside this file: cases of ops that the cases of cases.json
lack, in the same container.

    python3 more_cases.py --generator DIR            write, then check
    python3 more_cases.py --generator DIR --check    check what is there

DIR holds the generator of cases.json (casefile.py, torch_ops.py), whose README describes container and tolerances.
Written with PyTorch 2.13.
"""
import argparse
import pathlib
import sys
import tempfile

import numpy as np
import torch
import torch.nn.functional as F

HERE = pathlib.Path(__file__).resolve().parent


def define(ops):
    """Ops that torch_ops.py has not, or not so."""

    @ops.op
    def group_norm(i, num_groups, eps=1e-5):
        return F.group_norm(i["x"], num_groups, i.get("weight"), i.get("bias"), eps)

    @ops.op
    def instance_norm(i, use_input_stats=True, momentum=0.1, eps=1e-5):
        """Running statistics are those after the call."""
        mean, var = (i[k].clone() if k in i else None for k in ("running_mean", "running_var"))
        y = F.instance_norm(i["x"], mean, var, i.get("weight"), i.get("bias"), use_input_stats, momentum, eps)
        return {"y": y} if mean is None else {"y": y, "running_mean": mean, "running_var": var}

    @ops.op
    def prod(i, dim=None, keepdim=False):
        """Over all of `dim`, one after the other; None: over everything."""
        x = i["x"]
        if dim is None:
            return x.prod()
        for d in sorted((d % x.dim() for d in dim), reverse=True):
            x = x.prod(d, keepdim=keepdim)
        return x

    @ops.op
    def padded_max_pool2d(i, pad, **attrs):
        """pad: left, right, top, bottom."""
        return F.max_pool2d(F.pad(i["x"], pad, value=-torch.inf), **attrs)

    @ops.op
    def padded_avg_pool2d(i, pad, count_include_pad=True, **attrs):
        y = F.avg_pool2d(F.pad(i["x"], pad), **attrs)
        return y if count_include_pad else y / F.avg_pool2d(F.pad(torch.ones_like(i["x"]), pad), **attrs)


def norms(f, normal, uniform):
    for name, x, groups, affine, eps in (
        ("2d", (3, 6, 4, 5), 3, True, 1e-5),
        ("1d", (2, 8, 7), 2, True, 0.03),
        ("features", (4, 12), 4, True, 1e-5),
        ("one_group", (2, 5, 3, 3), 1, True, 1e-5),
        ("no_weights", (2, 4, 3, 6), 2, False, 1e-5),
        ("many_positions", (2, 4, 20, 18), 2, True, 1e-5),
        ("many_channels", (2, 70, 2, 3), 7, True, 1e-5),
        ("3d", (1, 4, 2, 3, 2), 4, True, 1e-5),
    ):
        c = x[1]
        weights = {"weight": uniform(c, low=0.5, high=1.5), "bias": normal(c)} if affine else {}
        f.add(
            f"group_norm/{name}",
            "group_norm",
            {"x": normal(*x, mean=1, std=1.5), **weights},
            {"num_groups": groups, "eps": eps},
            wrt="x weight bias" if affine else "x",
        )
    f.add(
        "group_norm/large_mean",
        "group_norm",
        {"x": normal(2, 4, 3, 3, mean=-800), "weight": uniform(4, low=0.5, high=1.5), "bias": normal(4)},
        {"num_groups": 2},
        wrt="x weight bias",
        note="mean of squares minus square of mean loses the variance here",
    )
    for name, x, affine in (("1d", (3, 4, 9), False), ("2d", (2, 3, 4, 5), True)):
        c = x[1]
        weights = {"weight": uniform(c, low=0.5, high=1.5), "bias": normal(c)} if affine else {}
        f.add(
            f"instance_norm/{name}",
            "instance_norm",
            {"x": normal(*x, mean=1, std=1.5), **weights},
            wrt="x weight bias" if affine else "x",
        )
        for training in (True, False):
            f.add(
                f"instance_norm/{name}_tracked_{'train' if training else 'eval'}",
                "instance_norm",
                {
                    "x": normal(*x, mean=1, std=1.5),
                    **weights,
                    "running_mean": normal(c),
                    "running_var": uniform(c, low=0.5, high=2),
                },
                {"use_input_stats": training, "momentum": 0.2},
                wrt="x weight bias" if affine else "x",
            )


def transposed(f, normal):
    for name, x, out, k, attrs in (
        ("3x3", (2, 3, 4, 5), 2, (3, 3), {}),
        ("stride2", (2, 3, 4, 5), 4, (3, 3), {"stride": [2, 2], "padding": [1, 1]}),
        ("stride2_output_padding1", (1, 4, 3, 4), 2, (3, 3), {"stride": [2, 2], "padding": [1, 1], "output_padding": [1, 1]}),
        ("4x4_stride2_pad1", (2, 2, 4, 4), 3, (4, 4), {"stride": [2, 2], "padding": [1, 1]}),
        ("uneven", (1, 2, 3, 5), 3, (2, 3), {"stride": [3, 1], "padding": [0, 2], "output_padding": [2, 0]}),
        ("groups2", (2, 4, 3, 4), 6, (3, 2), {"stride": [1, 2], "groups": 2}),
        ("dilation2", (1, 3, 4, 4), 2, (3, 3), {"dilation": [2, 2], "padding": [1, 2]}),
        ("output_padding_beyond_stride", (2, 2, 3, 4), 2, (3, 2), {"stride": [1, 2], "dilation": [3, 5], "output_padding": [2, 4]}),
        ("stride_beyond_kernel", (1, 2, 3, 3), 3, (2, 2), {"stride": [3, 4]}),
        ("70_channels", (1, 5, 3, 3), 70, (3, 3), {"stride": [2, 2]}),
    ):
        f.add(
            f"conv_transpose2d/{name}",
            "conv_transpose2d",
            {
                "x": normal(*x),
                "weight": normal(x[1], out // attrs.get("groups", 1), *k, std=0.5),
                "bias": normal(out),
            },
            attrs,
            wrt="x weight bias",
        )
    f.add(
        "conv_transpose2d/no_bias",
        "conv_transpose2d",
        {"x": normal(2, 3, 4, 4), "weight": normal(3, 5, 3, 3)},
        {"padding": [1, 1]},
        wrt="x weight",
    )


def pools(f, normal, distinct):
    for name, op, x, attrs in (
        ("max_3_stride2_ceil", "max_pool2d", (2, 3, 8, 6), {"kernel_size": 3, "stride": 2, "ceil_mode": True}),
        ("max_ceil_pad1", "max_pool2d", (1, 2, 7, 8), {"kernel_size": 3, "stride": 3, "padding": 1, "ceil_mode": True}),
        ("max_ceil_small", "max_pool2d", (1, 2, 2, 2), {"kernel_size": 3, "stride": 2, "ceil_mode": True}),
        ("max_ceil_stride_beyond", "max_pool2d", (1, 2, 6, 7), {"kernel_size": 2, "stride": 5, "ceil_mode": True}),
        ("max_dilation2", "max_pool2d", (2, 2, 9, 8), {"kernel_size": 3, "stride": 2, "dilation": 2, "padding": 1}),
        ("max_dilation_ceil", "max_pool2d", (1, 3, 8, 9), {"kernel_size": [2, 3], "stride": [2, 3], "dilation": [3, 2], "padding": [1, 1], "ceil_mode": True}),
        ("avg_3_stride2_ceil", "avg_pool2d", (2, 3, 8, 6), {"kernel_size": 3, "stride": 2, "ceil_mode": True}),
        ("avg_ceil_pad1", "avg_pool2d", (1, 2, 7, 8), {"kernel_size": 3, "stride": 3, "padding": 1, "ceil_mode": True}),
        ("avg_ceil_pad1_not_counted", "avg_pool2d", (1, 2, 7, 8), {"kernel_size": 3, "stride": 3, "padding": 1, "ceil_mode": True, "count_include_pad": False}),
        ("avg_divisor", "avg_pool2d", (1, 2, 5, 6), {"kernel_size": 2, "padding": 1, "divisor_override": 3}),
        ("max_uneven", "padded_max_pool2d", (2, 3, 6, 5), {"pad": [0, 1, 1, 0], "kernel_size": 3, "stride": 2}),
        ("avg_uneven", "padded_avg_pool2d", (2, 3, 6, 5), {"pad": [0, 1, 1, 0], "kernel_size": 3, "stride": 2}),
        ("avg_uneven_not_counted", "padded_avg_pool2d", (1, 2, 6, 5), {"pad": [1, 0, 0, 1], "kernel_size": 3, "stride": 2, "count_include_pad": False}),
    ):
        largest = "max" in name
        f.add(
            f"pool/{name}",
            op,
            {"x": distinct(*x) if largest else normal(*x)},
            attrs,
            wrt="x",
            precision="exact" if largest else "sum",
        )


def shapes(f, normal, distinct, integers):
    e = "exact"
    for name, x, pad, mode in (
        ("reflect_2d", (2, 3, 4, 5), [2, 1, 3, 2], "reflect"),
        ("reflect_1d", (2, 3, 6), [5, 2], "reflect"),
        ("replicate_2d", (2, 3, 4, 5), [2, 1, 0, 6], "replicate"),
        ("replicate_1d", (2, 3, 4), [5, 7], "replicate"),
        ("replicate_3d", (1, 2, 3, 2, 2), [1, 0, 2, 1, 1, 3], "replicate"),
    ):
        f.add(f"shape/{name}", "pad", {"x": normal(*x)}, {"pad": pad, "mode": mode}, wrt="x", precision=e)
    zeros = np.array(
        [[2.0, 0.5, -1.5, 3.0], [0.0, 0.5, -2.0, 4.0], [0.0, 1.5, 0.0, -3.0], [1.0, -1.0, 2.5, 0.0]], np.float32
    )
    f.add("reduce/prod_zeros", "prod", {"x": zeros}, {"dim": [1]}, wrt="x")
    f.add("reduce/prod_zeros_down", "prod", {"x": zeros}, {"dim": [0], "keepdim": True}, wrt="x")
    f.add("reduce/prod_all", "prod", {"x": normal(2, 5)}, wrt="x")
    f.add("reduce/prod_axes", "prod", {"x": normal(2, 3, 4, 2)}, {"dim": [-1, 0, 2]}, wrt="x")
    f.add("reduce/sum_axes", "sum", {"x": normal(2, 3, 4, 2)}, {"dim": [-1, 0, -2]}, wrt="x")
    f.add("reduce/mean_axes", "mean", {"x": normal(2, 3, 4, 2)}, {"dim": [3, -4, 1], "keepdim": True}, wrt="x")
    f.add("reduce/amax_axes", "amax", {"x": distinct(2, 3, 4, 2)}, {"dim": [-3, -1, 0]}, wrt="x", precision=e)
    f.add("reduce/logsumexp_axes", "logsumexp", {"x": normal(2, 3, 4, 2)}, {"dim": [1, -2, 0]}, wrt="x")
    f.add("reduce/var_axes", "var", {"x": normal(2, 3, 4, 2)}, {"dim": [-1, -2, -3], "unbiased": True}, wrt="x")
    f.add("reduce/argmax_negative", "argmax", {"x": distinct(5, 6)}, {"dim": -2}, precision=e)
    f.add("reduce/max_dim_negative", "max_dim", {"x": distinct(4, 6)}, {"dim": -2}, wrt="x", precision=e)
    f.add("shape/permute_4", "permute", {"x": normal(2, 3, 4, 5)}, {"dims": [-1, 0, -2, 1]}, wrt="x", precision=e)
    f.add("shape/permute_5", "permute", {"x": normal(2, 3, 1, 2, 2)}, {"dims": [4, -2, 0, 2, -4]}, wrt="x", precision=e)
    f.add("shape/transpose_negative", "transpose", {"x": normal(3, 5, 2)}, {"dim0": -1, "dim1": -3}, wrt="x", precision=e)
    f.add("shape/flatten_negative", "flatten", {"x": normal(3, 2, 4)}, {"start_dim": -2}, wrt="x", precision=e)
    f.add("shape/unsqueeze_negative", "unsqueeze", {"x": normal(2, 5)}, {"dim": -2}, wrt="x", precision=e)
    f.add("shape/squeeze_negative", "squeeze", {"x": normal(2, 1, 5)}, {"dim": -2}, wrt="x", precision=e)
    f.add("shape/cat_negative", "cat", {"a": normal(3, 2, 2), "b": normal(3, 4, 2)}, {"dim": -2}, wrt="a b", precision=e)
    f.add("shape/stack_negative", "stack", {"a": normal(3, 2), "b": normal(3, 2)}, {"dim": -1}, wrt="a b", precision=e)
    f.add(
        "shape/gather_negative", "gather", {"x": normal(3, 6), "index": integers(2, 6, high=3)}, {"dim": -2}, wrt="x", precision=e
    )
    f.add(
        "shape/index_select_negative",
        "index_select",
        {"x": normal(4, 3), "index": np.array([2, 0, 2])},
        {"dim": -1},
        wrt="x",
        precision=e,
    )
    f.add("shape/cumsum_negative", "cumsum", {"x": normal(3, 4, 2)}, {"dim": -2}, wrt="x")
    f.add(
        "view/tanh_negative",
        "tanh",
        {"x": normal(3, 4, 5)},
        wrt="x",
        views={"x": [["select", -2, -1], ["slice", 1, -4, -1, 2]]},
        precision="elementwise",
    )
    f.add("softmax/negative", "softmax", {"x": normal(5, 3, 2)}, {"dim": -2}, wrt="x")
    f.add("softmax/log_negative", "log_softmax", {"x": normal(5, 3, 2)}, {"dim": -3}, wrt="x")
    for name, index in (("padding", 3), ("padding_negative", -2)):
        f.add(
            f"embedding/{name}",
            "embedding",
            {"indices": np.array([[3, 0, 3], [8, 7, 1]]), "weight": normal(9, 4)},
            {"padding_idx": index},
            wrt="weight",
            precision=e,
            convention="the padding row gets no gradient",
        )


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--generator", required=True, metavar="DIR")
    arguments.add_argument("--check", action="store_true")
    a = arguments.parse_args()
    sys.path.insert(0, a.generator)
    import casefile
    import torch_ops as ops
    from casefile import distinct, integers, normal, uniform

    define(ops)
    torch.set_num_threads(1)
    names = [("cases.json", "more_cases.json"), ("cases.safetensors", "more_cases.safetensors")]
    with tempfile.TemporaryDirectory() as made:  # where the files have the names that casefile knows
        folder = pathlib.Path(made)
        if a.check:
            for there, here in names:
                (folder / there).write_bytes((HERE / here).read_bytes())
        else:
            f = casefile.CaseFile(ops, seed=13)
            norms(f, normal, uniform)
            transposed(f, normal)
            pools(f, normal, distinct)
            shapes(f, normal, distinct, integers)
            f.write(folder, {"format": 1, "made_with": "PyTorch " + torch.__version__.split("+")[0]})
        report = casefile.check(ops, folder)
        print(report)
        if report["bad"] or report["unused"]:
            return 1
        if not a.check:
            for there, here in names:
                (HERE / here).write_bytes((folder / there).read_bytes())
    return 0


if __name__ == "__main__":
    sys.exit(main())
