"""Writes golden.txt: 20 steps of every optimiser in double precision.

    $(tools/peers/ddp_step --prepare) train/optim/testdata/make_golden.py \
      > train/optim/testdata/golden.txt

PyTorch 2.11.0's classes, not fused, and for LARS and LAMB the papers' formulas in
plain Python. Weights and gradients are small fractions with a power of two below,
so that every program makes the same ones (make_optimizer_test.cc repeats their formulas).

A block is a line "NAME lr momentum weight_decay beta1 beta2 epsilon" (0: has none),
then a line of final values for each shape, row-major.
"""

import math

import torch

STEPS = 20
# Below the smallest gradient that is not 0 divided by the largest weight: no sum of
# gradient and decay cancels.
WEIGHT_DECAY = 1e-3
MOMENTUM = 0.9
ETA = 1e-3  # LARS's trust coefficient
SHAPES = ((4, 3, 3, 3), (5,), (1,), (7, 9), (1, 1))


def fill(shape, value):
    size = math.prod(shape)
    return [value(i) for i in range(size)]


def weights(k):
    return fill(SHAPES[k], lambda i: ((i * 53 + 7 + k) % 101 - 50) / 64)


def gradients(k, step):
    return fill(SHAPES[k], lambda i: ((i * 37 + step * 101 + k * 13) % 257 - 128) / 128)


# Name, class, its arguments: PyTorch's defaults but for learning rate and decay.
PYTORCH = (
    ("sgd", torch.optim.SGD, {"lr": 0.1, "momentum": MOMENTUM}),
    ("sgd-nesterov", torch.optim.SGD,
     {"lr": 0.1, "momentum": MOMENTUM, "nesterov": True}),
    ("adagrad", torch.optim.Adagrad, {"lr": 0.1}),
    ("adadelta", torch.optim.Adadelta, {"lr": 1.0}),
    ("adam", torch.optim.Adam, {"lr": 0.05}),
    ("adamw", torch.optim.AdamW, {"lr": 0.05}),
)


# What a class may say of itself: the columns of a block, and what changes no step.
KNOWN = {"lr", "momentum", "weight_decay", "betas", "rho", "eps", "nesterov", "dampening",
         "lr_decay", "initial_accumulator_value", "amsgrad", "decoupled_weight_decay",
         "maximize", "foreach", "fused", "capturable", "differentiable"}


def run_pytorch(kind, arguments):
    """(beta1, beta2, epsilon) and the final values of each shape.

    The constants by the names that PyTorch's classes give them.
    """
    tensors = [torch.tensor(weights(k), dtype=torch.float64, requires_grad=True)
               for k in range(len(SHAPES))]
    optimizer = kind(tensors, weight_decay=WEIGHT_DECAY, foreach=False, **arguments)
    for step in range(STEPS):
        for k, tensor in enumerate(tensors):
            tensor.grad = torch.tensor(gradients(k, step), dtype=torch.float64)
        optimizer.step()
    d = optimizer.defaults
    # A constant by another name, as RMSprop's alpha, would silently read as 0.
    assert d.keys() <= KNOWN, f"{kind.__name__} has constants without a column: {d.keys() - KNOWN}"
    beta1, beta2 = d.get("betas", (0, d.get("rho", 0)))
    return (beta1, beta2, d.get("eps", 0)), [t.tolist() for t in tensors]


def norm(values):
    return math.sqrt(math.fsum(x * x for x in values))


def lars(w, g_at, is_layer, lr):
    """Algorithm 1 of arXiv:1708.03888."""
    v = [0.0] * len(w)
    for step in range(STEPS):
        g = g_at(step)
        ratio, decay = 1.0, 0.0
        if is_layer:
            decay = WEIGHT_DECAY
            ratio = ETA * norm(w) / (norm(g) + decay * norm(w))
        v = [MOMENTUM * vi + lr * ratio * (gi + decay * wi)
             for vi, gi, wi in zip(v, g, w)]
        w = [wi - vi for wi, vi in zip(w, v)]
    return w


def lamb(w, g_at, is_layer, lr, beta1, beta2, epsilon):
    """Algorithm 2 of arXiv:1904.00962, phi the identity."""
    m, v = [0.0] * len(w), [0.0] * len(w)
    for step in range(STEPS):
        g = g_at(step)
        m = [beta1 * mi + (1 - beta1) * gi for mi, gi in zip(m, g)]
        v = [beta2 * vi + (1 - beta2) * gi * gi for vi, gi in zip(v, g)]
        c1, c2 = 1 - beta1 ** (step + 1), 1 - beta2 ** (step + 1)
        u = [mi / c1 / (math.sqrt(vi / c2) + epsilon) for mi, vi in zip(m, v)]
        ratio = 1.0
        if is_layer:
            u = [ui + WEIGHT_DECAY * wi for ui, wi in zip(u, w)]
            ratio = norm(w) / norm(u)
        w = [wi - lr * ratio * ui for wi, ui in zip(w, u)]
    return w


def by_shape(formula, *arguments):
    return [formula(weights(k), lambda step, k=k: gradients(k, step),
                    len(SHAPES[k]) > 1, *arguments) for k in range(len(SHAPES))]


def show(name, lr, constants, finals):
    print(name, lr, MOMENTUM, WEIGHT_DECAY, *constants)
    for values in finals:
        print(*(f"{x:.9g}" for x in values))


def main():
    for name, kind, arguments in PYTORCH:
        show(name, arguments["lr"], *run_pytorch(kind, arguments))
    show("lars", 1.0, (0, 0, 0), by_shape(lars, 1.0))
    show("lamb", 0.05, (0.9, 0.999, 1e-6), by_shape(lamb, 0.05, 0.9, 0.999, 1e-6))


if __name__ == "__main__":
    main()
