"""Writes the log of apps/README.md from any PyTorch model, so that `autopsy` shows its units' lives:

    log = PulseLog("run.jsonl", model, command="python train.py", lr=0.01)
    log.census(batches, step=0)                          # inputs of a fixed set, before the first step
    ...                                                  # in the loop, each as often as you like:
    log.train(epoch, step, loss, gradient_norm=g)
    log.eval(epoch, step, test_loss=..., test_accuracy=..., test_accuracy_se=...)
    log.census(batches, step, epoch)
    log.final(epochs, steps, seconds, test_accuracy=..., test_accuracy_se=...)

It sees activation modules (nn.ReLU and its relatives), each call of a shared one by itself, but not the
functional form: write self.act(x) for F.relu(x). A unit is a place on axis 1. It needs torch alone.
"""
import json
import math

import torch
from torch import nn

# The modules that are watched, and whether their slope is 0 on the negative side: there a silent unit is
# dead, elsewhere pinned.
RECTIFIERS = {nn.ReLU: True, nn.ReLU6: True, nn.LeakyReLU: False, nn.PReLU: False, nn.ELU: False, nn.SELU: False,
              nn.CELU: False, nn.GELU: False, nn.SiLU: False, nn.Softplus: False}


class PulseLog:
    def __init__(self, path, model, **config):
        """`config`: what else the first line should say, such as command, lr, batch_size, seed."""
        self.file, self.model, self.layers, self.step, self.censuses = open(path, "w"), model, {}, 0, 0
        self._write("config", {"app": "PyTorch", "version": torch.__version__, "model": str(model).replace("\n", " "),
                               "parameters": sum(p.numel() for p in model.parameters()), **config})

    def _write(self, kind, fields):
        event = {"schema": 1, "type": kind}
        for key, value in fields.items():
            if isinstance(value, torch.Tensor):
                value = value.item()
            if isinstance(value, float) and not math.isfinite(value):  # JSON has no NaN
                event["poisoned"], value = True, None
            event[key] = value
        self.file.write(json.dumps(event) + "\n")
        self.file.flush()

    def train(self, epoch, step, loss, **more):
        self._write("train", {"epoch": epoch, "step": step, "loss": loss, **more})

    def eval(self, epoch, step, **more):
        self._write("eval", {"epoch": epoch, "step": step, **more})

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
    def census(self, batches, step, epoch=0, name="census"):
        """Counts which units fire on every input of `batches`, in evaluation mode; changes nothing."""
        modes, now, samples = [(m, m.training) for m in self.model.modules()], {}, 0
        self.model.eval()
        for x in batches:
            calls = []
            hooks = self._watch(calls)
            try:
                self.model(x)
            finally:
                for hook in hooks:
                    hook.remove()
            for layer, zero, fired, bad, active in calls:
                c = now.setdefault(layer, {"zero": zero, "fired": 0, "bad": 0, "active": 0, "last": torch.tensor(-1)})
                at = torch.arange(samples, samples + len(fired), device=fired.device)[:, None]
                c["last"] = torch.maximum(c["last"].to(at.device), torch.where(fired, at, -1).max(0).values)
                c["fired"], c["bad"] = c["fired"] + fired.sum(0), c["bad"] + bad.sum(0)
                c["active"] += active.sum(0)
            samples += len(x)
        for module, training in modes:
            module.training = training
        self._count(now, samples, step, epoch, name)

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
        after, self.step, self.censuses = self.step, step, self.censuses + 1
        self._write("liveness", {"epoch": epoch, "step": step, "set": name, "mode": "evaluation",
                                 "units": sum(r["units"] for r in rows), "dead": sum(r["dead"] for r in rows), "layers": rows})
        for kind, layer, unit, born in changes:
            self._write(kind, {"epoch": epoch, "step": step, "after": after, "layer": layer, "unit": unit, **({"born": True} if born else {})})
        for layer, rates, last in units:
            self._write("units", {"epoch": epoch, "step": step, "set": name, "layer": layer, "rates": rates, "last_fired": last})
        self.total = {"units": sum(r["units"] for r in rows), "dead": sum(r["dead"] for r in rows), "born_dead": sum(r["born_dead"] for r in rows)}

    def final(self, epochs, steps, seconds, **more):
        self._write("final", {"epochs": epochs, "steps": steps, "seconds": seconds, **getattr(self, "total", {}), **more})
        self.file.close()
