"""Writes the log of apps/README.md from any PyTorch model, so that `autopsy` gives the verdict on its training:

    log = PulseLog("run.jsonl", model, command="python train.py")
    log.census(batches)                                  # (inputs, labels) of a fixed set, before the first step
    ...                                                  # in the loop, around what you have:
    logits = model(x)
    loss = F.cross_entropy(logits, y)
    loss.backward()
    log.step(logits, loss, y, lr=0.01)                   # the gradients are there, the weights as before
    optimizer.step()
    ...                                                  # after an epoch, as often as you like:
    log.census(batches)
    log.eval(epoch, log.steps, test_loss=..., test_accuracy=..., test_counts=[of each class])
    log.final(epochs)                                    # after a last census

What it is not told it does not know, and `autopsy` says so. It changes no weight, mode or random stream.
It sees activation modules (nn.ReLU and its relatives), each call of a shared one by itself, but not the
functional form: write self.act(x) for F.relu(x). A unit is a place on axis 1. It needs torch alone.
"""
import itertools
import json
import math
import time
from collections import deque

import torch
from torch import nn

# The modules that are watched, and whether their slope is 0 on the negative side: there a silent unit is
# dead, elsewhere pinned.
RECTIFIERS = {nn.ReLU: True, nn.ReLU6: True, nn.LeakyReLU: False, nn.PReLU: False, nn.ELU: False, nn.SELU: False,
              nn.CELU: False, nn.GELU: False, nn.SiLU: False, nn.Softplus: False}
WINDOW, EVERY = 100, 20  # steps that the end is judged by, and between looks at the weights


def as_json(fields):
    """JSON has no NaN: null, and "poisoned" in the object that holds it."""
    out, bad = {}, False
    for key, value in fields.items():
        many = value if isinstance(value, list) else [value]
        many = [v.item() if isinstance(v, torch.Tensor) else as_json(v) if isinstance(v, dict) else v for v in many]
        lost = [isinstance(v, float) and not math.isfinite(v) for v in many]
        many, bad = [None if l else v for l, v in zip(lost, many)], bad or any(lost)
        out[key] = many if isinstance(value, list) else many[0]
    return {**out, "poisoned": True} if bad else out


def is_classes(logits, labels):
    """Logits [N, K] with class numbers [N]; those below 0 are left out, as by ignore_index."""
    return (isinstance(labels, torch.Tensor) and not labels.is_floating_point() and logits.dim() == 2
            and logits.shape[1] > 1 and labels.shape == logits.shape[:1])


def squares(tensors):
    norms = [torch.linalg.vector_norm(t.detach(), dtype=torch.float64).item() for t in tensors]
    return [n * n for n in norms]


class PulseLog:
    def __init__(self, path, model, criterion=nn.functional.cross_entropy, at_birth=True, **config):
        """`criterion(logits, labels)`: the mean loss of a batch of the census set. `at_birth`: are the weights as they were
        drawn? Else nobody knows who was born dead. `config`: what else the first line should say, such as command, seed."""
        self.file, self.model, self.criterion, self.layers, self.censuses = open(path, "w"), model, criterion, {}, 0
        self.parameters = [(n, p) for n, p in model.named_parameters() if p.requires_grad]
        self.start, self.steps, self.losses, self.norms, self.ratios, self.rate = time.time(), 0, [], [], [], None
        self.at, self.birth, self.end, self.end_at, self.more, self.around = 0, at_birth, {}, 0, {}, {}
        self.fates, self.open, self.windows, self.reached = deque(maxlen=WINDOW), None, [], None
        self.rates, self.begun = [], {}  # of each step that told one; what was seen of the weights as drawn
        self.retain = model.register_forward_hook(  # lets the logits keep their gradient
            lambda m, _, y: y.retain_grad() if isinstance(y, torch.Tensor) and m.training and y.requires_grad else None)
        self._write("config", {"app": "PyTorch", "version": torch.__version__, "model": str(model).replace("\n", " "),
                               "parameters": sum(p.numel() for p in model.parameters()), **config})

    def _write(self, kind, fields):
        self.file.write(json.dumps({"schema": 1, "type": kind, **as_json(fields)}) + "\n")
        self.file.flush()

    def train(self, epoch, step, loss, **more):
        """A point of the curves, for those who do not call step()."""
        self._write("train", {"epoch": epoch, "step": step, "loss": loss, **more})

    def eval(self, epoch, step, **more):
        counts = more.get("test_counts")
        if counts and "test_accuracy" in more:
            self.more["held_out"] = {"samples": sum(counts), "accuracy": float(more["test_accuracy"]),
                                     "majority_share": max(counts) / sum(counts)}
        self._write("eval", {"epoch": epoch, "step": step, **more})

    @torch.no_grad()
    def step(self, logits, loss, labels, lr=None, epoch=0):
        """After loss.backward() and before optimizer.step(): logits [N, K], what model(x) gave, and class numbers [N]."""
        self._updated()
        self.steps, value = self.steps + 1, float(loss)
        self.losses.append(value)
        self.rates += [] if lr is None else [lr]
        self.fates.append(self._fates(logits, labels))
        line = {"epoch": epoch, "step": self.steps, "loss": value, **({} if lr is None else {"lr": lr})}
        if not math.isfinite(value):
            bad = next((n for n, p in reversed(self.parameters) if not torch.isfinite(p).all()), None)
            self.more.setdefault("non_finite", {"step": self.steps, "where": "the loss"} if bad is None else {
                "step": self.steps - 1, "where": "parameter " + bad, "layer": bad.rpartition(".")[0]})
            return self._write("train", line)
        slopes = [None if p.grad is None else p.grad.to_dense() if p.grad.is_sparse else p.grad for _, p in self.parameters]
        self.reached = [g is not None or not p.requires_grad for g, (_, p) in zip(slopes, self.parameters)]
        if self.steps <= EVERY or self.steps % EVERY == 0:
            line["gradient_norm"] = math.sqrt(sum(squares(g for g in slopes if g is not None)))
            self.open = line, self._copy(), squares(p for _, p in self.parameters)
            self.norms.append(math.sqrt(sum(self.open[2])))
        if not self.windows or self.steps - self.windows[-1]["first"] >= WINDOW:  # the older of two is judged
            self.windows = self.windows[-1:] + [{"first": self.steps, "start": self._copy(), "rates": [],
                                                 "pulled": [torch.zeros_like(p, dtype=torch.bool) for _, p in self.parameters]}]
        for w in self.windows:
            w["rates"] = [max(w["rates"] + [lr])] if lr is not None else w["rates"]
            if (self.steps - w["first"]) % EVERY == 0:
                w["pulled"] = [seen if g is None else seen | (g != 0) for seen, g in zip(w["pulled"], slopes)]

    def _copy(self):
        return [p.detach().clone() for _, p in self.parameters]

    def _updated(self):
        """What became of the weights since the last step was told."""
        if self.open is None:
            return
        line, before, size = self.open
        moved = squares(p.detach() - b for (_, p), b in zip(self.parameters, before))
        self.ratios = [math.sqrt(m / s) for m, s, b in zip(moved, size, before) if b.dim() >= 2 and s > 0]
        self.begun.setdefault("first_ratios", self.ratios)
        pull = line.get("lr", 0) * line["gradient_norm"]
        self.more["last_step"] = {} if not pull > 0 else {
            "gain": math.sqrt(sum(moved)) / pull, "size": math.sqrt(sum(moved) / sum(b.numel() for b in before)) / line["lr"]}
        self._write("train", {**line, "update_ratio": math.sqrt(sum(moved) / sum(size)) if sum(size) else 0.0})
        self.open = None

    def _fates(self, logits, labels):
        """Of this step's samples: how many, how many wrong, and of these without any gradient. None: nobody saw it."""
        if not is_classes(logits, labels) or not logits.retains_grad or logits.grad is None:
            return None
        wrong = (logits.argmax(1) != labels) & (labels >= 0)
        return [int(n) for n in ((labels >= 0).sum(), wrong.sum(), (wrong & (logits.grad == 0).all(1)).sum())]

    def _watch(self, calls):
        """Hooks that append (name, slope 0 below 0, fired, poisoned, active share) for each call, [N, units] each."""
        seen = {}

        def look(name, zero):
            def hook(_, inputs):  # before the module runs, so that inplace=True has not yet overwritten z
                z = inputs[0].detach()
                z = z.reshape(z.shape[0], z.shape[1] if z.dim() > 1 else 1, -1)
                bad = ~torch.isfinite(z).all(2)
                seen[name] = seen.get(name, 0) + 1
                calls.append((name if seen[name] == 1 else f"{name}#{seen[name]}", zero, (z > 0).any(2) & ~bad, bad,
                              ((z > 0) & ~bad[:, :, None]).double().mean(2)))
            return hook
        return [module.register_forward_pre_hook(look(name, RECTIFIERS[type(module)]))
                for name, module in self.model.named_modules() if type(module) in RECTIFIERS]

    @torch.no_grad()
    def census(self, batches, step=None, epoch=0, name="census"):
        """Counts which units fire on every input of `batches`, in evaluation mode; changes nothing. With (inputs, labels)
        it also sees how well the network does on them."""
        self._updated()
        modes, now, samples, first, same, seen = [(m, m.training) for m in self.model.modules()], {}, 0, None, True, []
        self.model.eval()
        with torch.random.fork_rng(devices=[]):  # a loader draws from it
            for batch in batches:
                x, y = (*batch, None)[:2] if isinstance(batch, (tuple, list)) else (batch, None)
                x, calls = x.to(self.parameters[0][1].device) if self.parameters else x, []
                first = x[:1] if first is None else first
                same = same and x.shape[1:] == first.shape[1:] and bool((x == first).all())
                hooks = self._watch(calls)
                try:
                    out = self.model(x)
                finally:
                    for hook in hooks:
                        hook.remove()
                if isinstance(out, torch.Tensor) and out.dim() == 2:
                    seen.append((out, y.to(out.device) if isinstance(y, torch.Tensor) else None))
                for layer, zero, fired, bad, active in calls:
                    c = now.setdefault(layer, {"zero": zero, "fired": 0, "bad": 0, "active": 0, "last": torch.tensor(-1)})
                    at = torch.arange(samples, samples + len(fired), device=fired.device)[:, None]
                    c["last"] = torch.maximum(c["last"].to(at.device), torch.where(fired, at, -1).max(0).values)
                    c["fired"], c["bad"] = c["fired"] + fired.sum(0), c["bad"] + bad.sum(0)
                    c["active"] += active.sum(0)
                samples += len(x)
            for layer, c in now.items():
                if c["zero"] and layer not in self.around and not (c["fired"] + c["bad"]).any():
                    self.around[layer] = self._around(layer, first)
        for module, training in modes:
            module.training = training
        self._count(now, samples, self.steps if step is None else step, epoch, name)
        self.end, self.end_at = {"constant_input": same} if samples else {}, self.steps
        if now:
            self.end["layers"] = [self._lives(layer) for layer in now]
        if seen:
            self.end.update(self._score(torch.cat([out for out, _ in seen]), [y for _, y in seen]))
            if self.birth and self.steps == 0 and self.censuses == 1:
                self.begun.update({"birth_" + of: self.end[what] for of, what in (("deviation", "output_deviation"), ("loss", "loss"))
                                   if what in self.end})

    def _score(self, out, labels):
        """How much the outputs of a set vary, and how well they tell its labels."""
        e = {"output_deviation": (out.double() - out[0].double()).std(0, correction=0).max()}
        y = None if any(y is None for y in labels) else torch.cat(labels)
        if not is_classes(out, y) or not (y >= 0).any():
            return e
        share = y[y >= 0].bincount().double() / (y >= 0).sum()
        return {**e, "label_entropy": -torch.special.xlogy(share, share).sum(), "majority_share": share.max(),
                "loss": self.criterion(out, y), "accuracy": (out.argmax(1) == y)[y >= 0].double().mean()}

    def _around(self, layer, x):
        """Does a shortcut lead around this call of an activation? Autograd knows the paths; None: it cannot say."""
        def arrives(ends):  # does the output depend on the input where this call's output does not?
            calls, leaf = itertools.count(1), x.detach().clone()
            hook = self.model.get_submodule(module).register_forward_hook(
                lambda m, _, y: y.detach() if ends and next(calls) == int(call or 1) else None)
            try:
                out = self.model(leaf.requires_grad_().clone())
                return out.requires_grad and torch.autograd.grad(out.sum(), leaf, allow_unused=True)[0] is not None
            finally:
                hook.remove()
        module, _, call = layer.partition("#")
        try:
            with torch.enable_grad():
                return arrives(True) if arrives(False) else None
        except (RuntimeError, AttributeError):  # inputs that are no numbers, outputs that are no tensor
            return None

    def _lives(self, layer):
        life, around = self.layers[layer], self.around.get(layer)
        born = {"born_dead": life["born"], "dead_from_birth": int((life["dead"] & life["first"]).sum())} if self.birth else {}
        return {"name": layer, "units": len(life["dead"]), "dead": int(life["dead"].sum()), **born,
                **({} if around is None else {"bypassed": around})}

    def _count(self, now, samples, step, epoch, name):
        rows, changes, units = [], [], []
        for layer, c in now.items():
            silent = c["fired"] + c["bad"] == 0
            life = self.layers.setdefault(layer, {"dead": torch.zeros_like(silent), "born": 0, "died": 0, "revived": 0})
            was, first = life["dead"], self.censuses == 0
            # Poisoned and not seen firing: nothing is known of it, so it keeps its last state.
            dead = torch.where((c["bad"] > 0) & (c["fired"] == 0), was, silent & c["zero"])
            life["died"] += 0 if first else int((dead & ~was).sum())
            life["revived"] += int((was & ~dead).sum())
            life["born"] = int(dead.sum()) if first else life["born"]
            for unit in torch.nonzero(dead != was).flatten().tolist():
                changes.append(("death" if dead[unit] else "revival", layer, unit, first))
            finite = (samples - c["bad"]).sum().item()
            rows.append({"name": layer, "units": len(dead), "dead": int(dead.sum()), "lasting": int((dead & was).sum()),
                         "born_dead": life["born"], "died": life["died"], "revived": life["revived"],
                         "pinned": 0 if c["zero"] else int(silent.sum()), "linear": int((c["fired"] == samples).sum()),
                         "zero_activations": 1 - c["active"].sum().item() / finite if finite else None,
                         **({"poisoned": True} if c["bad"].any() else {})})
            units.append((layer, [round(r, 4) for r in (c["fired"].double() / max(samples, 1)).tolist()], c["last"].tolist()))
            life["dead"] = dead
            life.setdefault("first", dead)
        self.birth = self.birth and (self.censuses > 0 or step == self.steps == 0)
        after, self.at, self.censuses = self.at, step, self.censuses + 1
        gone = [r["name"] for r in rows if r["units"] == r["dead"]]
        known = not any(self.around.get(layer) is None for layer in gone)
        self._write("liveness", {"epoch": epoch, "step": step, "set": name, "mode": "evaluation",
                                 "units": sum(r["units"] for r in rows), "dead": sum(r["dead"] for r in rows),
                                 "cut": [layer for layer in gone if not self.around[layer]] if known else None, "layers": rows})
        for kind, layer, unit, born in changes:
            self._write(kind, {"epoch": epoch, "step": step, "after": after, "layer": layer, "unit": unit, **({"born": True} if born else {})})
        for layer, rates, last in units:
            self._write("units", {"epoch": epoch, "step": step, "set": name, "layer": layer, "rates": rates, "last_fired": last})
        self.total = {"units": sum(r["units"] for r in rows), "dead": sum(r["dead"] for r in rows), 
                      "born_dead": sum(r["born_dead"] for r in rows) if self.birth else None}

    def final(self, epochs, steps=None, seconds=None, **more):
        """Writes what the verdict rests on. Of the end it knows what a census after the last step has seen."""
        self._updated()
        fates = [f for f in self.fates if f is not None]
        motion, w = [], self.windows[0] if self.windows else None
        for i, (name, p) in enumerate(self.parameters if w else []):
            pulled, unmoved = int(w["pulled"][i].sum()), int((w["pulled"][i] & (p == w["start"][i])).sum())
            wired = {"wired": False} if not self.reached[i] else {"wired": True} if unmoved < pulled else {}
            motion.append({"name": name, **wired, "pulled": pulled, "unmoved": unmoved})
        self._write("evidence", {
            **self.more, **self.begun, **(self.end if self.end_at == self.steps else {}), "losses": self.losses, "weight_norms": self.norms,
            "update_ratios": self.ratios, "motion": motion, "motion_steps": self.steps - w["first"] + 1 if w else 0,
            **({"fates": dict(zip(("seen", "wrong", "frozen"), map(sum, zip(*fates))))} if fates else {}),
            **({"usual_rate": sorted(self.rates)[(len(self.rates) - 1) // 2]} if self.rates else {}),
            **({"learning_rate": w["rates"][0]} if w and w["rates"] else {})})
        seconds = time.time() - self.start if seconds is None else seconds
        self._write("final", {"epochs": epochs, "steps": self.steps if steps is None else steps, "seconds": seconds,
                              **getattr(self, "total", {}), **more})
        self.retain.remove()
        self.file.close()
