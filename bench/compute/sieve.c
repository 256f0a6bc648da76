/* sieve: byte loads and stores in tight loops. Counts the primes below LIMIT by the sieve of Eratosthenes, ROUNDS
 * times. */
enum { LIMIT = 2000000, ROUNDS = 4 };

static unsigned char composite[LIMIT];

static unsigned count(void) {
    unsigned primes = 0;
    for (unsigned i = 0; i < LIMIT; i++)
        composite[i] = 0;
    for (unsigned i = 2; i < LIMIT; i++) {
        if (composite[i])
            continue;
        primes++;
        for (unsigned long long k = (unsigned long long)i * i; k < LIMIT; k += i)
            composite[k] = 1;
    }
    return primes;
}

__attribute__((export_name("run"))) unsigned run(void) {
    unsigned sum = 0;
    for (int i = 0; i < ROUNDS; i++)
        sum += count();
    return sum;
}
