"""Trains a small network, logs it by apps/pulse_hook.py, and recounts every census by other means in float64.
Arguments: the folder of pulse_hook.py, the log to write. Fails with an assertion."""
import json
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, sys.argv[1])
import torch
from torch import nn
from pulse_hook import PulseLog

torch.manual_seed(0)
torch.set_num_threads(1)


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv, self.a, self.b, self.c = nn.Conv2d(1, 6, 3), nn.Linear(96, 24), nn.Linear(24, 24), nn.Linear(24, 3)
        self.act, self.leaky, self.drop = nn.ReLU(inplace=True), nn.LeakyReLU(), nn.Dropout(0.5)

    def forward(self, x):
        x = self.act(self.conv(x)).flatten(1)
        return self.c(self.leaky(self.b(self.drop(self.act(self.a(x))))))


net = Net()
x = torch.randn(300, 1, 6, 6)
y = (x.mean((1, 2, 3)) > 0).long() + (x[:, 0, 0, 0] > 0).long()
log = PulseLog(sys.argv[2], net, command="python <check>", lr=0.5)
optimizer = torch.optim.SGD(net.parameters(), lr=0.5, momentum=0.9)
recounts = []


def census(step, epoch):
    before, mode = {k: v.clone() for k, v in net.state_dict().items()}, net.drop.training
    random = torch.get_rng_state()
    log.census(x.split(70), step, epoch)
    assert torch.equal(random, torch.get_rng_state()) and net.drop.training == mode
    assert all(torch.equal(v, before[k]) for k, v in net.state_dict().items())
    assert not any(m._forward_pre_hooks for m in net.modules())
    f = nn.functional
    p = {k: v.double() for k, v in net.state_dict().items()}
    z1 = f.conv2d(x.double(), p["conv.weight"], p["conv.bias"])
    z2 = f.linear(z1.clamp(min=0).flatten(1), p["a.weight"], p["a.bias"])
    z3 = f.linear(z2.clamp(min=0), p["b.weight"], p["b.bias"])
    recounts.append({"act": z1.amax((2, 3)), "act#2": z2, "leaky": z3})


census(0, 0)
step = 0
for epoch in range(1, 4):
    net.train()
    for i in range(0, 300, 30):
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(net(x[i:i + 30]), y[i:i + 30])
        loss.backward()
        optimizer.step()
        step += 1
        log.train(epoch, step, loss, gradient_norm=float("nan") if step == 5 else 1.0)
    log.eval(epoch, step, test_loss=loss, test_accuracy=0.5)
    census(step, epoch)
log.final(3, step, 1.0, test_accuracy=0.5, test_accuracy_se=0.01)

events = [json.loads(line) for line in open(sys.argv[2])]
assert [e["poisoned"] for e in events if e["type"] == "train" and e["step"] == 5] == [True]
taken = [e for e in events if e["type"] == "liveness"]
rates = [e for e in events if e["type"] == "units"]
assert len(taken) == len(recounts) == 4
deaths = 0
for e, truth in zip(taken, recounts):
    assert [l["name"] for l in e["layers"]] == list(truth)
    for l in e["layers"]:
        z = truth[l["name"]]
        fired = (z > 0).sum(0)
        silent = int((fired == 0).sum())
        assert l["units"] == z.shape[1] and l["linear"] == int((fired == 300).sum())
        assert (l["dead"], l["pinned"]) == ((0, silent) if l["name"] == "leaky" else (silent, 0)), l
        assert l["born_dead"] + l["died"] - l["revived"] == l["dead"]
        assert all(r["set"] == "census" for r in rates)
        u = next(r for r in rates if r["step"] == e["step"] and r["layer"] == l["name"])
        assert u["rates"] == [round(v, 4) for v in (fired.double() / 300).tolist()]
        assert u["last_fired"] == [int(k.nonzero()[-1]) if k.any() else -1 for k in (z > 0).T]
        deaths += l["died"]
assert deaths > 0, "this check needs a unit that dies"

# A unit that a NaN reaches is no longer counted; it has neither died nor revived.
dead = {(l, int(u)) for l in log.layers for u in log.layers[l]["dead"].nonzero()}
assert dead, "this check needs a unit that is dead"
log = PulseLog(sys.argv[2] + ".nan", net)
log.census([x], 0)
with torch.no_grad():
    net.conv.bias.fill_(float("nan"))
log.census([x], 1)
log.final(0, 1, 0.0)
events = [json.loads(line) for line in open(sys.argv[2] + ".nan")]
last = [e for e in events if e["type"] == "liveness"][-1]
assert all(l["poisoned"] and l["revived"] == 0 and l["died"] == 0 and l["dead"] == l["born_dead"] for l in last["layers"]), last
assert not [e for e in events if e["type"] == "revival"]
assert sum(l["dead"] for l in last["layers"]) == len(dead)
