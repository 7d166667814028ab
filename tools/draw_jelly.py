"""Draw the sample picture ``jelly``: a luminous jellyfish in dark blue water.

The animal is a few surfaces sampled by millions of points, each adding a little light to its
pixel, so that translucency and folds come out by themselves; textures, haze and shafts of light
are 1/f noise.  All is drawn at twice the final size, given a bloom, tone-mapped and reduced.

Usage: ``python tools/draw_jelly.py [OUT]`` (default OUT: ``inst/extdata/jelly.jpg``).
"""

import sys
from pathlib import Path

import numpy as np
from PIL import Image

Array = np.ndarray
WIDTH, HEIGHT = 1280, 960  # twice the size of the picture
CENTRE = 735 + 335j  # middle of the bell, as x + iy in pixels
RADIUS, DOME = 262, 215  # radius and height of the bell, in pixels
PITCH, ROLL = 0.46, 0.33  # lean of the bell towards the viewer and to the right, in radians
LAPPETS, TAU = 16, 2 * np.pi  # scallops along the margin of the bell; a full turn
RNG = np.random.default_rng(20150617)


def noise(slope: float, size: int = 1024) -> Array:
    """Return a periodic square of noise with amplitude 1 / frequency**slope and deviation 1."""
    frequency = np.hypot(np.fft.fftfreq(size, 1 / size)[:, None], np.arange(size // 2 + 1))
    frequency[0, 0] = np.inf
    field = np.fft.irfft2(np.fft.rfft2(RNG.standard_normal((size, size))) / frequency**slope)
    return np.asarray(field / field.std())


ROUGH, SMOOTH = noise(0.85), noise(1.7)


def texture(u: Array, v: Array) -> tuple[Array, Array]:
    """Look up the rough and the smooth noise at (u, v), one period per unit."""
    index = tuple(np.floor(c * len(ROUGH)).astype(int) % len(ROUGH) for c in (v, u))
    return ROUGH[index], SMOOTH[index]


def blur(image: Array, sigma: float) -> Array:
    """Blur an (H, W, C) image with a Gaussian, mirrored at the edges."""
    pad = int(3 * sigma) + 1
    padded = np.pad(image, ((pad, pad), (pad, pad), (0, 0)), "symmetric")
    fy, fx = np.fft.fftfreq(padded.shape[0]), np.fft.rfftfreq(padded.shape[1])
    gain = np.exp(-2 * (np.pi * sigma * np.hypot(fy[:, None], fx)) ** 2)[..., None]
    spectrum = np.fft.rfft2(padded, axes=(0, 1)) * gain
    return np.fft.irfft2(spectrum, padded.shape[:2], (0, 1))[pad:-pad, pad:-pad]


def samples(count: int) -> tuple[Array, Array]:
    """Return points spread evenly over the unit square (the R2 sequence)."""
    return np.arange(count) * 0.7548776662466927 % 1, np.arange(count) * 0.5698402909980532 % 1


def smoothstep(low: float, high: float, x: Array) -> Array:
    """Rise smoothly from 0 at low to 1 at high."""
    t = np.clip((x - low) / (high - low), 0, 1)
    return t * t * (3 - 2 * t)


def mix(a: tuple[float, ...], b: tuple[float, ...], t: Array) -> Array:
    """Blend two colours by t, giving an array of colours."""
    return np.asarray(a + t[..., None] * np.subtract(b, a))


def splat(p: Array, y: Array, colour: Array) -> Array:
    """Return the light of points of the body: p = sideways + i * forwards, y down its axis."""
    upright = p.real + 1j * (y * np.cos(PITCH) + p.imag * np.sin(PITCH))
    pixel = CENTRE + upright * np.exp(1j * ROLL)
    px, py = np.floor(pixel.real).astype(int), np.floor(pixel.imag).astype(int)
    inside = (px >= 0) & (px < WIDTH) & (py >= 0) & (py < HEIGHT)
    index = (py * WIDTH + px)[inside]
    light = [np.bincount(index, channel[inside], WIDTH * HEIGHT) for channel in colour.T]
    return np.transpose(light).reshape(HEIGHT, WIDTH, 3)


def water() -> Array:
    """Return the sea: a depth gradient, drifting haze and shafts of light."""
    y, x = np.mgrid[:HEIGHT, :WIDTH] / HEIGHT
    grain, haze = texture(0.72 * x, 0.72 * y)
    depth = smoothstep(-0.1, 1.0, y + 0.10 * np.hypot(x - 0.75, 0.5) + 0.035 * haze)
    sea = mix((0.002, 0.030, 0.082), (0.0005, 0.003, 0.016), depth)
    glow = np.exp(-(((x - 0.85) / 0.55) ** 2) - ((y + 0.12) / 0.42) ** 2)
    angle = np.arctan2(x - 0.92, y + 0.55)
    wide, fine = texture(angle * 0.55 + 0.3, 0 * y + 0.37)[1], texture(angle * 3.2, 0 * y + 0.61)[1]
    shaft = np.clip(0.35 + 0.5 * wide, 0, 2) ** 2 * np.clip(0.6 + 0.8 * fine, 0.05, 3)
    shaft *= np.exp(0.2 - 2.5 * y - (angle / 0.62) ** 2)
    sea += glow[..., None] * (0.007, 0.07, 0.16) + blur(shaft[..., None], 5) * (0.012, 0.13, 0.26)
    return sea * np.exp(0.18 * haze + 0.12 * grain)[..., None]


def plankton() -> Array:
    """Return drifting particles, from sharp specks to wide discs of bokeh."""
    r = np.hypot(np.fft.fftfreq(HEIGHT, 1 / HEIGHT)[:, None], np.fft.fftfreq(WIDTH, 1 / WIDTH))
    light = np.zeros((HEIGHT, WIDTH, 3))
    for i in range(6):
        radius, count, power = 1.2 * 1.92**i, int(550 / 2.4**i), 1.8**i
        disc = smoothstep(1.12, 0.88, r / radius) * (0.65 + 0.35 * (r / radius) ** 3)
        tint = mix((0.12, 0.55, 0.70), (0.75, 0.50, 0.45), RNG.random(count) ** 4)
        place = RNG.integers((HEIGHT, WIDTH), size=(count, 2)).T
        dots = np.zeros_like(light)
        dots[tuple(place)] = tint * RNG.exponential(power, (count, 1))
        gain = np.fft.rfft2(disc / disc.sum())[..., None]
        light += np.fft.irfft2(np.fft.rfft2(dots, axes=(0, 1)) * gain, (HEIGHT, WIDTH), (0, 1))
    return light


def bell() -> Array:
    """Return the dome: thick translucent jelly, ribs, canals and a scalloped rim."""
    u, s = samples(5_000_000)
    rough, smooth = texture(2 * u, s)
    shell = 1 - 0.17 * np.clip(2.2 * RNG.random(u.size) - 1.2, 0, 1)
    theta, margin, bulge = TAU * u, smoothstep(0.80, 1.0, s), np.sin(1.78 * s) ** 0.85
    lobe = np.abs(np.cos(theta * LAPPETS / 2 + 0.25 * smooth)) ** 0.6
    lobe += 0.35 * np.abs(np.cos(theta * LAPPETS * 1.5 + 0.6 * smooth))
    wave = 0.030 * np.sin(3 * theta + 1) + 0.018 * np.sin(7 * theta) + 0.012 * smooth
    p = RADIUS * bulge * shell * (1 + margin * (0.04 * lobe + wave)) * np.exp(1j * theta)
    y = DOME * (s * (1 - shell) / 4 - np.cos(1.78 * s) * shell) + margin * (20 * lobe + 260 * wave)
    rib = np.exp(0.3 * rough - (np.sin(theta * LAPPETS / 2 + 0.12 * smooth * s) / 0.13) ** 2)
    canal = np.exp(-((np.sin(theta * LAPPETS * 2 + 0.9 * smooth) / 0.30) ** 2))
    rim = np.exp(0.4 * rough) * (np.exp(-(((s - 0.985) / 0.016) ** 2)) + 0.16 * margin)
    flesh = np.exp(1.2 * rough + 0.6 * smooth - 0.3) * (0.36 + 0.30 * canal * s)
    flesh *= (1.25 - 0.5 * s) * (0.85 + 0.30 * np.sin(theta) * bulge)
    colour = flesh[:, None] * mix((0.05, 0.36, 0.80), (0.24, 0.26, 0.92), s)
    colour += (rib * smoothstep(0.05, 0.7, s))[:, None] * (0.90, 0.30, 0.65)
    colour += rim[:, None] * (2.6, 0.95, 1.35)
    return splat(p, y, colour * (0.033 * bulge)[:, None])


def gonads() -> Array:
    """Return four glowing ruffled horseshoes, open to the middle, under the top of the dome."""
    (u, v), k = samples(1_000_000), np.arange(1_000_000) // 250_000
    rough, smooth = texture(u + 0.25 * k, 0.2 * v)
    bend, around, frill = 5 * u - 2.5, TAU * v, np.sin(75 * u + 4 * smooth + k)
    tube = RADIUS * (0.034 + 0.008 * frill + 0.004 * rough)
    reach = RADIUS * (0.165 + 0.012 * smooth + 0.006 * frill) + tube * np.cos(around)
    p = (RADIUS * 0.40 + reach * np.exp(1j * bend)) * np.exp(1j * (k + 0.68) * TAU / 4)
    y = -0.46 * DOME + 0.08 * p.real + tube * np.sin(around + 0.5 * frill)
    power = smoothstep(0.0, 0.2, u) * smoothstep(1.0, 0.8, u) * np.exp(0.7 * rough)
    colour = mix((1.5, 0.26, 0.40), (1.4, 0.50, 0.24), np.abs(2 * u - 1)) * power[:, None]
    return blur(splat(p, y, colour * 0.015), 1)


def arms() -> Array:
    """Return four ruffled ribbons that hang from the mouth."""
    (t, v), k = samples(4_000_000), np.arange(4_000_000) // 1_000_000
    w, edge, length = 2 * v - 1, np.abs(2 * v - 1), np.array((480, 660, 560, 720))[k]
    smooth, rough = texture(0.4 * t + 0.23 * k, 0.1 + 0.2 * k)[1], texture(3 * t, 0.4 * v)[0]
    width = 56 * (smoothstep(-0.15, 0.35, t) * (1 - t) ** 0.8 + 0.04)
    phase = 44 * t**0.9 + 2.2 * smooth + k
    frill = 0.45 * np.sin(phase + 0.8 * np.sign(w)) + 0.22 * np.sin(2.7 * phase + 2 * w)
    lift = width * edge**1.6 * (frill + 0.09 * np.sin(6.1 * phase + 3 * w))
    slide = width * edge**2 * (0.42 * np.cos(1.3 * phase + w) + 0.06 * np.cos(5.3 * phase))
    drift = 60 * t * np.sin(4.6 * t + 1.4 * k) + 36 * t * smooth - 90 * t**1.8
    p = RADIUS * (0.09 + 0.34 * t) * np.exp(1j * (k + 0.3) * TAU / 4) + drift
    p += (w * width + 1j * lift) * np.exp(1j * (0.7 * k + 4.0 * t + 0.7 * smooth))
    power = np.exp(0.5 * rough) * (0.40 + 0.10 * np.sin(9 * phase + 4 * w) + 0.8 * edge**5)
    power *= (1 - t) ** 0.6 * (0.40 + 0.60 * smoothstep(0.0, 0.4, t)) * width * 0.00088
    colour = mix((1.35, 0.44, 0.42), (0.40, 0.28, 1.0), t**0.7) * power[:, None]
    return splat(p, length * t - 0.14 * DOME + slide, colour)


def tentacles() -> Array:
    """Return long wavy threads that trail from the margin of the bell."""
    (t, v), k = samples(4_320_000), np.arange(4_320_000) // 90_000
    theta = TAU / 48 * (k + 0.3 * RNG.standard_normal(48)[k])
    length, phase, row = RNG.uniform(380, 800, 48)[k], RNG.normal(0, 0.7, 48)[k], RNG.random(48)[k]
    smooth, rough = texture(0.35 * t + 0.05 * k, row)[1], texture(1.7 * t, row)[0]
    bend = np.sin(TAU * 1.15 * t + phase + 1.3 * np.sin(theta)) - np.sin(phase)
    curl = smoothstep(0.3, 1.8, smooth) * np.sin(TAU * 15 * t + 5 * phase + 5 * smooth)
    drift = 46 * t * bend + 7 * t**0.6 * curl - 150 * t**1.7
    thick = 0.6 + 2.6 * (1 - t) ** 1.5 * (1 + 0.3 * smooth) + 2 * np.maximum(0, -np.sin(theta))
    p = RADIUS * np.exp(1j * theta) * (1 - 0.42 * t) + drift + (2 * v - 1) * thick
    power = np.clip(0.7 + 0.3 * rough + 0.25 * smooth, 0.05, None) * (1 - t) ** 1.1
    power *= smoothstep(0, 0.05, t) * (0.6 + 0.4 * np.sin(theta)) * RNG.lognormal(-4, 0.5, 48)[k]
    colour = mix((1.3, 0.50, 0.80), (0.12, 0.38, 1.05), t**0.6) * power[:, None]
    return splat(p, 0.24 * DOME + length * t, colour)


def layers() -> tuple[Array, Array, Array]:
    """Return the light of the animal, of the sea and of what drifts in it."""
    return blur(bell() + gonads() + arms() + tentacles(), 0.8), water(), plankton()


def developed(light: Array, scale: float = 1) -> Array:
    """Return light as 8 bits a colour, with its bloom; scale is 1 at twice the final size."""
    bloom = 0.10 * blur(light, 6 * scale) + 0.08 * blur(light, 24 * scale)
    bloom += 0.08 * blur(light, 80 * scale)
    colour = 1 - np.exp(-1.25 * (0.85 * light + bloom))
    colour = np.clip(1.14 * colour - 0.14 * colour.mean(axis=-1, keepdims=True), 0, 1) ** 0.45
    return np.uint8(255 * colour + 0.5)


def main() -> None:
    """Draw the picture and save it."""
    default = Path(__file__).resolve().parents[1] / "inst" / "extdata" / "jelly.jpg"
    animal, sea, drifting = layers()
    grey = animal.mean(axis=-1, keepdims=True)
    light = sea * np.exp(-0.6 * blur(grey, 3)) + animal + drifting
    for step, top, left, dim in ((5, 560, 960, 0.16), (7, 240, 70, 0.10)):  # others, far away
        far = dim * blur(grey[:, ::-1], 3.2 * step)[::step, ::step]
        light[top:, left:][: len(far), : far.shape[1]] += far * (0.10, 0.65, 1.2)
    picture = Image.fromarray(developed(light)).reduce(2)
    picture.save(sys.argv[1] if len(sys.argv) > 1 else default, quality=91)


if __name__ == "__main__":
    main()
