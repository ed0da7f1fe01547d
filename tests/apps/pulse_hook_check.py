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

# Runs whose verdict is known; each log is <log>.<name>.
F = nn.functional
torch.manual_seed(1)
points = torch.randn(512, 8)
kinds = (points[:, 0] > 0).long() + 2 * (points[:, 1] > 0).long()
batches = torch.utils.data.DataLoader(torch.utils.data.TensorDataset(points, kinds), 100)  # one draws a random number


class Around(nn.Module):
    """Its middle layer is born dead, and a shortcut leads around it."""
    def __init__(self):
        super().__init__()
        self.a, self.b, self.c, self.act = nn.Linear(8, 16), nn.Linear(16, 16), nn.Linear(16, 4), nn.ReLU()
        nn.init.constant_(self.b.bias, -100.0)

    def forward(self, x):
        x = self.act(self.a(x))
        return self.c(x + self.act(self.b(x)))


class Tokens(nn.Module):
    """What it makes of its input first has no gradient: nobody can tell who is bypassed."""
    def __init__(self):
        super().__init__()
        self.e, self.b, self.c, self.act = nn.Embedding(9, 16), nn.Linear(16, 16), nn.Linear(16, 4), nn.ReLU()
        nn.init.constant_(self.b.bias, -100.0)

    def forward(self, x):
        x = self.e((x[:, 0] > 0).long() + 2 * (x[:, 1] > 0).long())
        return self.c(x + self.act(self.b(x)))


class Functional(nn.Module):
    def __init__(self):
        super().__init__()
        self.a, self.b = nn.Linear(8, 16), nn.Linear(16, 4)

    def forward(self, x):
        return self.b(F.relu(self.a(x)))


def mlp(*widths):
    parts = []
    for i, o in zip(widths, widths[1:]):
        parts += [nn.Linear(i, o), nn.ReLU()]
    return nn.Sequential(*parts[:-1])


def kill(layer, units=None):
    with torch.no_grad():
        layer.bias[:units] = -100.0


def clipped(logits, labels):
    p = F.softmax(logits, 1).clamp(1e-7, 1 - 1e-7)
    return F.nll_loss(p.log(), labels)


def fit(name, net, steps=300, lr=0.3, criterion=F.cross_entropy, at=lambda step: None, told=True, **options):
    optimizer = torch.optim.SGD(net.parameters(), lr=lr)
    log = PulseLog(f"{sys.argv[2]}.{name}", net, criterion, command=name, **options) if told else None
    if told:
        log.census(batches)
    for step in range(1, steps + 1):
        i = step * 32 % 480
        optimizer.zero_grad()
        logits = net(points[i:i + 32])
        loss = criterion(logits, kinds[i:i + 32])
        loss.backward()
        if told:
            log.step(logits, loss, kinds[i:i + 32], lr=lr)
        optimizer.step()
        at(step)
        if told and step % 100 == 0 and step < steps:
            log.census(batches)
    if told:
        log.eval(1, steps, test_accuracy=0.5, test_counts=[600, 200, 100, 100])
        log.census(batches)
        log.final(1)
        assert not any(m._forward_hooks or m._forward_pre_hooks for m in net.modules())
        lines = [json.loads(line) for line in open(f"{sys.argv[2]}.{name}")]
        return [e for e in lines if e["type"] == "evidence"][0]


healthy = mlp(8, 32, 4)
e = fit("healthy", healthy)
logits = healthy(points).double()
share = kinds.bincount().double() / 512
assert abs(e["loss"] - F.cross_entropy(logits, kinds).item()) < 1e-6
assert e["accuracy"] == (logits.argmax(1) == kinds).double().mean().item()
assert abs(e["label_entropy"] + (share * share.log()).sum().item()) < 1e-9 and e["majority_share"] == share.max().item()
assert abs(e["output_deviation"] - logits.std(0, correction=0).max().item()) < 1e-6
assert e["held_out"] == {"samples": 1000, "accuracy": 0.5, "majority_share": 0.6} and not e["constant_input"]
assert len(e["losses"]) == 300 and len(e["weight_norms"]) == 34 and len(e["update_ratios"]) == 2
assert e["fates"]["seen"] == 3200 and e["fates"]["frozen"] == 0 and e["learning_rate"] == 0.3
assert e["motion_steps"] == 200 and all(m["wired"] for m in e["motion"]) and len(e["motion"]) == 4
for one in ("healthy", "born_dead", "died", "exploding", "frozen_loss", "frozen_optimizer", "few_alive", "few_stuck"):
    torch.manual_seed(2)
    net = mlp(8, 64, 4) if one.startswith("few") else mlp(8, 32, 32, 32, 4)
    if one == "born_dead":
        kill(net[2])
    if one == "frozen_loss":
        with torch.no_grad():
            net[-1].weight *= 1e4
    if one.startswith("few"):
        kill(net[0], 62)
    fit(one, net, lr={"exploding": 1e4, "few_stuck": 1e-5, "frozen_optimizer": 1e-20}.get(one, 0.1),
        criterion=clipped if one == "frozen_loss" else F.cross_entropy,
        at=lambda step: kill(net[2]) if one == "died" and step == 120 else None)
assert fit("around", Around())["layers"][1]["bypassed"] is True
assert "bypassed" not in fit("tokens", Tokens())["layers"][0]
assert "layers" not in fit("functional", Functional())
fit("pretrained", mlp(8, 32, 4), steps=50, at_birth=False)

# The same weights and random numbers with and without a log.
ends = []
for told in (False, True):
    torch.manual_seed(3)
    net = nn.Sequential(nn.Linear(8, 32), nn.BatchNorm1d(32), nn.ReLU(), nn.Dropout(0.5), nn.Linear(32, 4))
    fit("same", net, steps=120, told=told)
    ends.append([torch.get_rng_state()] + list(net.state_dict().values()))
assert all(torch.equal(a, b) for a, b in zip(*ends))
