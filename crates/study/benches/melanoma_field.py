"""The melanoma spheroid of Klowss et al. 2022 with its nutrient solved exactly, or as loosely as the authors' program does.

    python3 melanoma_field.py exact|loose [SEED] [NODES]        # needs numpy and scipy; 2 to 10 minutes with 101 nodes along an edge

Written apart from Exoderm from the rules in docs/validation/spheroid.md, to see what the solver does to the radii. `loose` stops GMRES at
a residual of 1e-6 of the right-hand side (1e-8 at the start), starting from the field of the hour before, as the program does.
The right-hand side holds a 1 for every node on the faces of the cube, so that the allowed residual is a third of the norm of the
spheroid's uptake. Printed each day: living cells, radii by density (95 % of the living, S/G2/M at 20 %, living at 10 % of the densest), nutrient
in the middle, and the exact one for the same cells.
"""

import sys

import numpy as np
from scipy.sparse.linalg import LinearOperator, cg, gmres

EDGE, ALPHA = 4000.0, 0.15
ENTRY, YELLOW, GREEN = 0.047, 0.4898, 0.062
DEATH, STEPS, LENGTH = (0.0005, 2.0), (0.06, 0.12), 12.0
CELLS, RADIUS, STEP = 30_000, 245.0, 0.1


def hill(c, half, power):
    return c**power / (half**power + c**power)


class Field:
    def __init__(self, nodes, loose):
        self.n, self.h, self.loose = nodes, EDGE / (nodes - 1), loose
        self.c = np.ones((nodes,) * 3)

    def density(self, x):
        k = np.rint(x / self.h).astype(int)
        flat = (k[:, 0] * self.n + k[:, 1]) * self.n + k[:, 2]
        return np.bincount(flat, minlength=self.n**3).reshape((self.n,) * 3) / self.h**3

    def exact(self, x):
        """Conjugate gradients for c - 1 at the inner nodes, where it is driven by uptake alone."""
        m, h2 = self.n - 2, self.h**2
        uptake = ALPHA * self.density(x)[1:-1, 1:-1, 1:-1]

        def apply(u):
            u = np.pad(u.reshape((m,) * 3), 1)
            inner = u[1:-1, 1:-1, 1:-1]
            around = u[2:, 1:-1, 1:-1] + u[:-2, 1:-1, 1:-1] + u[1:-1, 2:, 1:-1] + u[1:-1, :-2, 1:-1]
            around += u[1:-1, 1:-1, 2:] + u[1:-1, 1:-1, :-2]
            return ((6 * inner - around) / h2 + uptake * inner).ravel()

        start = (self.c[1:-1, 1:-1, 1:-1] - 1).ravel()
        u, _ = cg(LinearOperator((m**3, m**3), matvec=apply), -uptake.ravel(), x0=start, rtol=1e-5)
        c = np.ones_like(self.c)
        c[1:-1, 1:-1, 1:-1] += u.reshape((m,) * 3)
        return c

    def as_program(self, x, tolerance, most):
        """GMRES for c at all nodes, a row of the identity for each on a face."""
        shape, h2, uptake = self.c.shape, self.h**2, ALPHA * self.density(x)[1:-1, 1:-1, 1:-1]
        right = np.ones(shape)
        right[1:-1, 1:-1, 1:-1] = 0

        def apply(v):
            v = v.reshape(shape)
            out, inner = v.copy(), v[1:-1, 1:-1, 1:-1]
            around = v[2:, 1:-1, 1:-1] + v[:-2, 1:-1, 1:-1] + v[1:-1, 2:, 1:-1] + v[1:-1, :-2, 1:-1]
            around += v[1:-1, 1:-1, 2:] + v[1:-1, 1:-1, :-2]
            out[1:-1, 1:-1, 1:-1] = (around - 6 * inner) / h2 - uptake * inner
            return out.ravel()

        matrix = LinearOperator((right.size,) * 2, matvec=apply)
        c, _ = gmres(matrix, right.ravel(), x0=self.c.ravel(), rtol=tolerance, restart=most, maxiter=1)
        return c.reshape(shape)

    def solve(self, x, first=False):
        self.c = self.as_program(x, *((1e-8, 300) if first else (1e-6, 200))) if self.loose else self.exact(x)

    def at(self, x):
        f = x / self.h
        i = np.floor(f).astype(int)
        t, out = f - i, 0.0
        for corner in np.ndindex(2, 2, 2):
            weight = np.prod(np.where(corner, t, 1 - t), axis=1)
            out = out + weight * self.c[tuple((i + corner).T)]
        return out


def directions(rng, n):
    v = rng.normal(size=(n, 3))
    return v / np.linalg.norm(v, axis=1)[:, None]


def falls_to(r, share):
    edges = np.arange(0, 480, 20)
    middle = edges[:-1] + 10.0
    density = np.histogram(r, edges)[0] / middle**2
    top = density.argmax()
    below = [k for k in range(top) if density[k] < share * density[top]]
    if not below:
        return 0.0
    k = below[-1]
    return middle[k] + 20 * (share * density[top] - density[k]) / (density[k + 1] - density[k])


def main():
    mode, seed, nodes = sys.argv[1], int((sys.argv + [1])[2]), 101
    if len(sys.argv) > 3:
        nodes = int(sys.argv[3])
    rng, field = np.random.default_rng(seed), Field(nodes, mode == "loose")
    x = EDGE / 2 + directions(rng, CELLS) * (RADIUS * rng.random(CELLS) ** (1 / 3))[:, None]
    field.solve(x, first=True)
    c, times = field.at(x), np.array([1 / ENTRY, 1 / YELLOW, 1 / GREEN])
    free = rng.choice(3, CELLS, p=times / times.sum())
    cycling = 1 + (rng.random(CELLS) < times[2] / times[1:].sum())
    held = np.where(rng.random(CELLS) < 0.16, cycling, 0)
    phase = np.where(c > 0.4, free, np.where(c > 0.263, held, 0))
    for hour in range(1, 241):
        field.solve(x)
        for _ in range(round(1 / STEP)):
            c = field.at(x)
            rate = DEATH[0] + (DEATH[1] - DEATH[0]) * (1 - hill(c, 0.1, 15))
            keep = rng.random(len(x)) >= 1 - np.exp(-STEP * rate)
            x, phase, c = x[keep], phase[keep], c[keep]
            moves = rng.poisson(STEP * (STEPS[0] + (STEPS[1] - STEPS[0]) * hill(c, 0.5, 5)))
            while moves.any():
                who = np.flatnonzero(moves)
                x[who] += LENGTH * directions(rng, len(who))
                moves[who] -= 1
            rate = np.choose(phase, [ENTRY * hill(c, 0.4, 5), YELLOW, GREEN])
            on = rng.random(len(x)) < 1 - np.exp(-STEP * rate)
            mothers = np.flatnonzero(on & (phase == 2))
            phase = np.where(on, (phase + 1) % 3, phase)
            half = 0.5 * LENGTH * directions(rng, len(mothers))
            x = np.vstack([x, x[mothers] - half])
            x[mothers] += half
            phase = np.append(phase, np.zeros(len(mothers), int))
        if hour % 24 == 0:
            r = np.linalg.norm(x - x.mean(axis=0), axis=1)
            outer = np.sort(r)[int(np.ceil(0.95 * len(r))) - 1]
            middle = (nodes // 2,) * 3
            print(
                f"day {hour // 24:2}  {len(x):6}  outer {outer:.1f}  arrest {falls_to(r[phase == 2], 0.2):.1f}  "
                f"necrotic {falls_to(r, 0.1):.1f}  nutrient {field.c[middle]:.4f} (exact {field.exact(x)[middle]:.4f})",
                flush=True,
            )


main()
