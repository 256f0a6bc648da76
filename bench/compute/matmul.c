/* matmul: double precision arithmetic and strided loads. C = A * B for N x N matrices; the checksum is exact, since all
 * values are small integers. */
enum { N = 160, ROUNDS = 4 };

static double a[N][N], b[N][N], c[N][N];

static void multiply(void) {
    for (int i = 0; i < N; i++)
        for (int j = 0; j < N; j++) {
            double sum = 0;
            for (int k = 0; k < N; k++)
                sum += a[i][k] * b[k][j];
            c[i][j] = sum;
        }
}

__attribute__((export_name("run"))) unsigned run(void) {
    double sum = 0;
    for (int i = 0; i < N; i++)
        for (int j = 0; j < N; j++) {
            a[i][j] = (double)((i + 2 * j) % 7);
            b[i][j] = (double)((3 * i + j) % 5);
        }
    for (int r = 0; r < ROUNDS; r++) {
        multiply();
        a[r][r] += 1;
        for (int i = 0; i < N; i++)
            sum += c[i][(i * 7 + r) % N];
    }
    return (unsigned)sum;
}
