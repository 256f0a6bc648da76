/* sha256: 32-bit integer arithmetic, rotations and small arrays. Hashes a message of BLOCKS blocks (FIPS 180-4,
 * section 6.2, without the padding, which costs nothing). The round constants are computed, as the standard defines
 * them: the first 32 bits of the fractional parts of the cube roots of the first 64 primes. */
enum { BLOCKS = 24000 };

static unsigned round_constants[64];
static unsigned state[8] = {0x6a09e667u, 0xbb67ae85u, 0x3c6ef372u, 0xa54ff53au,
                            0x510e527fu, 0x9b05688cu, 0x1f83d9abu, 0x5be0cd19u};

/* The integer part of the cube root of p * 2^96, less its integer bits: found bit by bit in 128-bit arithmetic by
 * halves. */
static unsigned cube_root_fraction(unsigned p) {
    /* r = floor(cbrt(p) * 2^32); r < 2^35, r^3 is compared with p * 2^96 through 32-bit limbs. */
    unsigned long long r = 0;
    for (int bit = 34; bit >= 0; bit--) {
        unsigned long long t = r | 1ull << bit;
        unsigned limbs[4] = {0}, square[3] = {0};
        unsigned lo = (unsigned)t, hi = (unsigned)(t >> 32);
        unsigned long long s = (unsigned long long)lo * lo;
        square[0] = (unsigned)s;
        s = (s >> 32) + 2ull * lo * hi;
        square[1] = (unsigned)s;
        square[2] = (unsigned)(s >> 32) + hi * hi;
        unsigned long long carry = 0;
        for (int i = 0; i < 3; i++) {
            carry += (unsigned long long)square[i] * lo + limbs[i];
            limbs[i] = (unsigned)carry;
            carry >>= 32;
        }
        limbs[3] = (unsigned)carry;
        carry = 0;
        for (int i = 0; i < 3; i++) {
            carry += (unsigned long long)square[i] * hi + limbs[i + 1];
            limbs[i + 1] = (unsigned)carry;
            carry >>= 32;
        }
        if (carry == 0 && limbs[3] < p)
            r = t;
    }
    return (unsigned)r;
}

static void make_constants(void) {
    int found = 0;
    for (unsigned p = 2; found < 64; p++) {
        int prime = 1;
        for (unsigned d = 2; d * d <= p; d++)
            prime &= p % d != 0;
        if (prime)
            round_constants[found++] = cube_root_fraction(p);
    }
}

static unsigned rotate(unsigned x, unsigned n) {
    return x >> n | x << (32 - n);
}

static void compress(const unsigned *block) {
    unsigned w[64];
    for (int t = 0; t < 16; t++)
        w[t] = block[t];
    for (int t = 16; t < 64; t++) {
        unsigned s0 = rotate(w[t - 15], 7) ^ rotate(w[t - 15], 18) ^ w[t - 15] >> 3;
        unsigned s1 = rotate(w[t - 2], 17) ^ rotate(w[t - 2], 19) ^ w[t - 2] >> 10;
        w[t] = w[t - 16] + s0 + w[t - 7] + s1;
    }
    unsigned a = state[0], b = state[1], c = state[2], d = state[3];
    unsigned e = state[4], f = state[5], g = state[6], h = state[7];
    for (int t = 0; t < 64; t++) {
        unsigned s1 = rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25);
        unsigned t1 = h + s1 + ((e & f) ^ (~e & g)) + round_constants[t] + w[t];
        unsigned s0 = rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22);
        unsigned t2 = s0 + ((a & b) ^ (a & c) ^ (b & c));
        h = g, g = f, f = e, e = d + t1, d = c, c = b, b = a, a = t1 + t2;
    }
    state[0] += a, state[1] += b, state[2] += c, state[3] += d;
    state[4] += e, state[5] += f, state[6] += g, state[7] += h;
}

__attribute__((export_name("run"))) unsigned run(void) {
    unsigned block[16];
    make_constants();
    for (unsigned i = 0; i < BLOCKS; i++) {
        for (unsigned k = 0; k < 16; k++)
            block[k] = i * 16 + k;
        compress(block);
    }
    return state[0];
}
