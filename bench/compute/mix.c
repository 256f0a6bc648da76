/* mix: the operations of CoreMark, in a small form: a linked list that is searched and reversed, a matrix of 16-bit
 * integers, a state machine over text driven by switch, and a 16-bit cyclic redundancy check that ties the results
 * together. */
enum { NODES = 200, SIDE = 24, ROUNDS = 600 };

typedef struct node {
    struct node *next;
    short key, value;
} node;

static node nodes[NODES];
static short left[SIDE][SIDE], right[SIDE][SIDE];
static int product[SIDE][SIDE];
static const char text[] = "5012,-874,3.1415e-2,abc,+122,0x1F,T0.3e-1F,-110.700,+0.64400,5.500e+3,-.123e-2,";

static unsigned short crc16(unsigned value, unsigned short crc) {
    for (int i = 0; i < 16; i++) {
        unsigned bit = (value ^ crc) & 1;
        crc = (unsigned short)(crc >> 1);
        if (bit)
            crc ^= 0xA001u;
        value >>= 1;
    }
    return crc;
}

static node *build(unsigned seed) {
    for (int i = 0; i < NODES; i++) {
        nodes[i].next = i + 1 < NODES ? &nodes[i + 1] : 0;
        nodes[i].key = (short)((seed + (unsigned)i * 7u) % 211u);
        nodes[i].value = (short)(i ^ (int)seed);
    }
    return nodes;
}

static const node *find(const node *list, short key) {
    while (list && list->key != key)
        list = list->next;
    return list;
}

static node *reverse(node *list) {
    node *done = 0;
    while (list) {
        node *rest = list->next;
        list->next = done;
        done = list;
        list = rest;
    }
    return done;
}

static unsigned short use_list(unsigned seed, unsigned short crc) {
    node *list = reverse(build(seed));
    for (short key = 0; key < 40; key++) {
        const node *hit = find(list, (short)(key * 5));
        crc = crc16(hit ? (unsigned)hit->value : 0xFFFFu, crc);
    }
    return crc;
}

static unsigned short use_matrix(unsigned seed, unsigned short crc) {
    unsigned trace = 0;
    for (int i = 0; i < SIDE; i++)
        for (int j = 0; j < SIDE; j++) {
            left[i][j] = (short)((unsigned)(i * j) + seed);
            right[i][j] = (short)((unsigned)(i - j) ^ seed);
        }
    for (int i = 0; i < SIDE; i++)
        for (int j = 0; j < SIDE; j++) {
            int sum = 0;
            for (int k = 0; k < SIDE; k++)
                sum += left[i][k] * right[k][j];
            product[i][j] = sum;
        }
    for (int i = 0; i < SIDE; i++)
        trace += (unsigned)product[i][i];
    return crc16(trace, crc);
}

enum state { START, SIGN, INTEGER, POINT, FRACTION, EXPONENT, EXPONENT_SIGN, POWER, BAD, STATES };

static enum state step(enum state s, char c) {
    int digit = c >= '0' && c <= '9';
    switch (s) {
    case START: return digit ? INTEGER : c == '+' || c == '-' ? SIGN : c == '.' ? POINT : BAD;
    case SIGN: return digit ? INTEGER : c == '.' ? POINT : BAD;
    case INTEGER: return digit ? INTEGER : c == '.' ? FRACTION : BAD;
    case POINT:
    case FRACTION: return digit ? FRACTION : c == 'e' || c == 'E' ? EXPONENT : BAD;
    case EXPONENT: return digit ? POWER : c == '+' || c == '-' ? EXPONENT_SIGN : BAD;
    case EXPONENT_SIGN:
    case POWER: return digit ? POWER : BAD;
    default: return BAD;
    }
}

static unsigned short use_states(unsigned short crc) {
    unsigned counts[STATES] = {0};
    enum state s = START;
    for (const char *p = text; *p; p++) {
        if (*p == ',') {
            counts[s]++;
            s = START;
        } else {
            s = step(s, *p);
        }
    }
    for (int i = 0; i < STATES; i++)
        crc = crc16(counts[i], crc);
    return crc;
}

__attribute__((export_name("run"))) unsigned run(void) {
    unsigned short crc = 0;
    for (unsigned r = 0; r < ROUNDS; r++) {
        crc = use_list(r, crc);
        crc = use_matrix(r, crc);
        for (int i = 0; i < 4; i++)
            crc = use_states(crc);
    }
    return crc;
}
