"""Speech-like sound for a voice detector: a source with harmonics through moving resonances, pauses, and a noisy room."""

import numpy as np

RATE = 16000


def _resonance(sound: np.ndarray, frequency: float, width: float) -> np.ndarray:
    """A second-order resonator; one formant."""
    radius = np.exp(-np.pi * width / RATE)
    a1, a2 = 2 * radius * np.cos(2 * np.pi * frequency / RATE), -radius * radius
    out = np.zeros_like(sound)
    for i in range(2, len(sound)):
        out[i] = sound[i] + a1 * out[i - 1] + a2 * out[i - 2]
    return out / (np.abs(out).max() + 1e-9)


def _syllable(rng: np.random.Generator) -> np.ndarray:
    length = int(rng.uniform(0.08, 0.25) * RATE)
    pitch = rng.uniform(90, 240) * (1 + 0.1 * np.sin(np.linspace(0, rng.uniform(1, 4), length)))
    phase = np.cumsum(pitch / RATE) % 1
    source = (1 - phase) ** 3 - 0.25 + rng.normal(0, 0.02, length)
    voice = sum(_resonance(source, rng.uniform(low, high), width) * gain for low, high, width, gain in (
        (300, 850, 80, 1.0), (900, 2300, 110, 0.6), (2300, 3200, 160, 0.3)))
    return voice * np.hanning(length)


def speech(seconds: float, rng: np.random.Generator) -> np.ndarray:
    """Words with pauses in between, over noise; samples in [-1, 1] at 16 kHz."""
    parts, length = [], 0
    while length < seconds * RATE:
        word = [_syllable(rng) for _ in range(rng.integers(1, 5))]
        pause = np.zeros(int(rng.exponential(0.25) * RATE))
        parts += [*word, pause]
        length += sum(map(len, word)) + len(pause)
    sound = np.concatenate(parts)[:int(seconds * RATE)]
    sound = sound * rng.uniform(0.05, 0.4) + rng.normal(0, 10 ** rng.uniform(-3.5, -1.7), len(sound))
    return np.clip(sound, -1, 1).astype(np.float32)
