/* test_wasi_streams.c: standard streams of WASI, sockets among them, and waiting with poll_oneoff. */
#include "wasi_fixture.h"

#include <signal.h>
#include <sys/socket.h>
#include <time.h>

/* ---- Streams ------------------------------------------------------------------------------------------------- */

/* Opens a guest whose standard input and output are host descriptors. They stay in place until restore_streams, since
 * the guest uses the numbers 0 and 1; output of the test is buffered meanwhile. */
static void open_with_streams(guest *g, tap *t, int in, int out) {
    int old_in = dup(0), old_out = dup(1);
    (void)fflush(stdout);
    (void)dup2(in, 0);
    (void)dup2(out, 1);
    guest_open(g, t, false, false);
    (void)dup2(old_out, 100);
    (void)dup2(old_in, 101);
    (void)close(old_in);
    (void)close(old_out);
}

static void restore_streams(void) {
    (void)dup2(101, 0);
    (void)dup2(100, 1);
    (void)close(100);
    (void)close(101);
}

static void test_streams(tap *t) {
    guest g;
    int in[2], out[2];
    char found[16] = "";
    REQUIRE(EQ(pipe(in), 0) && EQ(pipe(out), 0));
    open_with_streams(&g, t, in[0], out[1]);
    const uint64_t rights = R_READ | R_WRITE | R_SEEK | R_TELL;
    tap_ok(t,
           EQ(CALL(&g, "fd_fdstat_get", 0, RESULT), OK) && EQ(peek_number(&g, RESULT, 1), 0) &&
               EQ(peek_number(&g, RESULT + 8, 8) & rights, R_READ) && EQ(CALL(&g, "fd_fdstat_get", 1, RESULT), OK) &&
               EQ(peek_number(&g, RESULT + 8, 8) & rights, R_WRITE),
           "a stream has the rights that its mode allows");
    tap_ok(t,
           EQ(write(in[1], "input", 5), 5) && CHECK(reads(&g, 0, "input")) && EQ(write_text(&g, 1, "output"), OK) &&
               EQ(read(out[0], found, sizeof found), 6) && EQ_TEXT(found, "output"),
           "descriptors 0 and 1 are the host's streams");
    tap_ok(t,
           EQ(CALL(&g, "fd_seek", 0, 0, 0, RESULT), E_SPIPE) && EQ(CALL(&g, "fd_tell", 1, RESULT), E_SPIPE) &&
               EQ(CALL(&g, "fd_pread", 0, RANGES, 1, 0, RESULT), E_SPIPE),
           "pipes have no offset");
    tap_ok(t, EQ(write_text(&g, 0, "x"), E_NOTCAPABLE) && EQ(CALL(&g, "fd_read", 1, RANGES, 1, RESULT), E_NOTCAPABLE),
           "the input cannot be written, the output cannot be read");
    tap_ok(t,
           EQ(CALL(&g, "sock_shutdown", 0, 1), E_NOTSOCK) && EQ(CALL(&g, "sock_accept", 1, 0, RESULT), E_NOTSOCK) &&
               EQ(CALL(&g, "sock_recv", 9, RANGES, 1, 0, RESULT, RESULT), E_BADF) &&
               EQ(CALL(&g, "sock_send", 1, RANGES, 1, 0, RESULT), E_NOTSOCK),
           "pipes are not sockets");
    tap_ok(t,
           EQ(CALL(&g, "fd_fdstat_set_flags", 0, NONBLOCK), OK) && CHECK((fcntl(in[0], F_GETFL) & O_NONBLOCK) != 0) &&
               EQ(CALL(&g, "fd_read", 0, RANGES, 1, RESULT), E_AGAIN),
           "NONBLOCK is set on the host's stream");
    (void)close(in[1]);
    tap_ok(t, reads(&g, 0, ""), "the end of a stream");
    (void)close(out[0]);
    (void)signal(SIGPIPE, SIG_IGN);
    tap_ok(t, EQ(write_text(&g, 1, "x"), E_PIPE), "a stream without a reader");
    tap_ok(t,
           EQ(CALL(&g, "fd_close", 1), OK) && EQ(write_text(&g, 1, "x"), E_BADF) && CHECK(fcntl(1, F_GETFD) >= 0) &&
               EQ(open_file(&g, "file", CREAT), 1),
           "closing a stream leaves the host's open, and frees its number");
    wasi_delete(g.w);
    g.w = NULL;
    tap_ok(t, EQ(fcntl(in[0], F_GETFL) & O_NONBLOCK, 0), "the end restores the flags of the host's streams");
    restore_streams();
    (void)close(in[0]);
    (void)close(out[1]);
    guest_close(&g, "streams");
}

static void test_sockets(tap *t) {
    guest g;
    int pair[2];
    REQUIRE(EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0));
    open_with_streams(&g, t, pair[0], pair[0]);
    tap_ok(t,
           EQ(CALL(&g, "fd_fdstat_get", 0, RESULT), OK) && EQ(peek_number(&g, RESULT, 1), 6) &&
               EQ(write(pair[1], "ping", 4), 4) && CHECK(reads(&g, 0, "ping")),
           "a standard stream may be a stream socket");
    tap_ok(t,
           EQ(CALL(&g, "sock_shutdown", 0, 1), E_NOTSUP) && EQ(CALL(&g, "sock_accept", 0, 0, RESULT), E_NOTSUP) &&
               EQ(CALL(&g, "sock_recv", 0, RANGES, 1, 0, RESULT, RESULT), E_NOTSUP) &&
               EQ(CALL(&g, "sock_send", 1, RANGES, 1, 0, RESULT), E_NOTSUP),
           "functions of sockets are not supported");
    restore_streams();
    (void)close(pair[0]);
    (void)close(pair[1]);
    guest_close(&g, "sockets");
    REQUIRE(EQ(socketpair(AF_UNIX, SOCK_DGRAM, 0, pair), 0));
    open_with_streams(&g, t, pair[0], pair[0]);
    tap_ok(t,
           EQ(CALL(&g, "fd_fdstat_get", 0, RESULT), OK) && EQ(peek_number(&g, RESULT, 1), 5) &&
               EQ(CALL(&g, "sock_shutdown", 0, 1), E_NOTSUP),
           "a standard stream may be a datagram socket");
    restore_streams();
    (void)close(pair[0]);
    (void)close(pair[1]);
    guest_close(&g, "sockets");
}

/* ---- Waiting ------------------------------------------------------------------------------------------------- */

static void subscribe_clock(guest *g, unsigned i, uint64_t userdata, uint32_t clock, uint64_t timeout, uint32_t flags) {
    uint64_t at = PATH2 + 48 * i;
    poke_number(g, at, userdata, 8);
    poke_number(g, at + 8, 0, 8);
    poke_number(g, at + 16, clock, 8);
    poke_number(g, at + 24, timeout, 8);
    poke_number(g, at + 32, 0, 8);
    poke_number(g, at + 40, flags, 8);
}

static void subscribe_fd(guest *g, unsigned i, uint64_t userdata, uint32_t type, uint32_t fd) {
    uint64_t at = PATH2 + 48 * i;
    poke_number(g, at, userdata, 8);
    poke_number(g, at + 8, type, 8);
    poke_number(g, at + 16, fd, 8);
}

/* The number of events; 1000 plus the error if the call fails. */
static uint64_t wait_for(guest *g, unsigned count) {
    uint32_t error = CALL(g, "poll_oneoff", PATH2, DATA, count, RESULT);
    return error == OK ? peek_size(g, RESULT) : 1000 + error;
}

/* A condition: event i has this user data, error and type. */
static bool is_event(guest *g, unsigned i, uint64_t userdata, uint32_t error, uint32_t type) {
    uint64_t at = DATA + 32 * i;
    return EQ(peek_number(g, at, 8), userdata) && EQ(peek_number(g, at + 8, 2), error) &&
           EQ(peek_number(g, at + 10, 1), type);
}

static uint64_t host_now(clockid_t clock) {
    struct timespec now;
    (void)clock_gettime(clock, &now);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static void test_waiting(tap *t, bool wide) {
    guest g;
    guest_open(&g, t, wide, false);
    tap_ok(t, EQ(CALL(&g, "poll_oneoff", PATH2, DATA, 0, RESULT), E_INVAL),
           "poll_oneoff without subscriptions is refused");
    uint64_t start = host_now(CLOCK_MONOTONIC);
    subscribe_clock(&g, 0, 0x0123456789ABCDEF, 1, 30000000, 0);
    subscribe_clock(&g, 1, 2, 0, 3600000000000, 0);
    tap_ok(t,
           EQ(wait_for(&g, 2), 1) && is_event(&g, 0, 0x0123456789ABCDEF, OK, 0) &&
               CHECK(host_now(CLOCK_MONOTONIC) - start >= 30000000),
           "a relative timeout");
    start = host_now(CLOCK_REALTIME);
    subscribe_clock(&g, 0, 1, 1, 3600000000000, 0);
    subscribe_clock(&g, 1, 2, 0, start + 20000000, 1);
    tap_ok(t,
           EQ(wait_for(&g, 2), 1) && is_event(&g, 0, 2, OK, 0) && CHECK(host_now(CLOCK_REALTIME) >= start + 20000000),
           "an absolute timeout");
    subscribe_clock(&g, 0, 1, 1, 0, 0);
    subscribe_clock(&g, 1, 2, 0, 1, 1);
    subscribe_clock(&g, 2, 3, 1, UINT64_MAX, 0);
    subscribe_clock(&g, 3, 4, 1, UINT64_MAX, 1);
    tap_ok(t, EQ(wait_for(&g, 4), 2) && is_event(&g, 0, 1, OK, 0) && is_event(&g, 1, 2, OK, 0),
           "times in the past are ready, the last one never is");
    subscribe_clock(&g, 0, 1, 2, 0, 0);
    subscribe_clock(&g, 1, 2, 3, 0, 0);
    subscribe_clock(&g, 2, 3, 4, 0, 0);
    subscribe_clock(&g, 3, 4, 1, 0, 2);
    subscribe_fd(&g, 4, 5, 1, 77);
    subscribe_fd(&g, 5, 6, 2, ROOT);
    tap_ok(t,
           EQ(wait_for(&g, 6), 6) && is_event(&g, 0, 1, E_NOTSUP, 0) && is_event(&g, 1, 2, E_NOTSUP, 0) &&
               is_event(&g, 2, 3, E_INVAL, 0) && is_event(&g, 3, 4, E_INVAL, 0) && is_event(&g, 4, 5, E_BADF, 1) &&
               is_event(&g, 5, 6, E_NOTCAPABLE, 2),
           "each bad subscription is an event with its error");
    subscribe_fd(&g, 0, 1, 3, 0);
    tap_ok(t, EQ(wait_for(&g, 1), 1000 + E_INVAL), "an unknown type of subscription is refused");
    uint32_t fd = open_file(&g, "file", CREAT);
    tap_ok(t, EQ(write_text(&g, fd, "12345"), OK) && EQ(CALL(&g, "fd_seek", fd, 2, 0, RESULT), OK),
           "the file to wait for is written and rewound");
    subscribe_fd(&g, 0, 1, 1, fd);
    subscribe_fd(&g, 1, 2, 2, fd);
    tap_ok(t,
           EQ(wait_for(&g, 2), 2) && is_event(&g, 0, 1, OK, 1) && EQ(peek_number(&g, DATA + 16, 8), 3) &&
               is_event(&g, 1, 2, OK, 2),
           "a file is always ready, with its remaining bytes");
    guest_close(&g, "waiting");
}

static void test_waiting_for_pipes(tap *t) {
    guest g;
    int in[2], out[2];
    REQUIRE(EQ(pipe(in), 0) && EQ(pipe(out), 0));
    open_with_streams(&g, t, in[0], out[1]);
    subscribe_fd(&g, 0, 1, 1, 0);
    subscribe_clock(&g, 1, 2, 1, 10000000, 0);
    tap_ok(t, EQ(wait_for(&g, 2), 1) && is_event(&g, 0, 2, OK, 0), "an empty pipe is not ready");
    tap_ok(t,
           EQ(write(in[1], "1234", 4), 4) && EQ(wait_for(&g, 2), 1) && is_event(&g, 0, 1, OK, 1) &&
               EQ(peek_number(&g, DATA + 16, 8), 4) && EQ(peek_number(&g, DATA + 24, 2), 0),
           "a pipe with 4 bytes is ready");
    (void)close(in[1]);
    tap_ok(t,
           CHECK(reads(&g, 0, "1234")) && EQ(wait_for(&g, 1), 1) && is_event(&g, 0, 1, OK, 1) &&
               EQ(peek_number(&g, DATA + 16, 8), 0) && EQ(peek_number(&g, DATA + 24, 2), 1),
           "a pipe without a writer is ready, with HANGUP");
    subscribe_fd(&g, 0, 1, 2, 1);
    tap_ok(t, EQ(wait_for(&g, 1), 1) && is_event(&g, 0, 1, OK, 2) && CHECK(peek_number(&g, DATA + 16, 8) > 0),
           "a pipe with room is ready for writing");
    (void)close(out[0]);
    tap_ok(t, EQ(wait_for(&g, 1), 1) && is_event(&g, 0, 1, E_PIPE, 2), "a pipe without a reader is broken");
    (void)close(0);
    subscribe_fd(&g, 0, 1, 1, 0);
    tap_ok(t,
           EQ(wait_for(&g, 1), 1) && is_event(&g, 0, 1, E_BADF, 1) && EQ(CALL(&g, "fd_fdstat_get", 0, RESULT), E_BADF),
           "a stream that the host has closed is a bad descriptor");
    restore_streams();
    (void)close(in[0]);
    (void)close(out[1]);
    guest_close(&g, "waiting for pipes");
}

static void test_failing_memory(tap *t) {
    guest g;
    guest_open(&g, t, false, false);
    subscribe_clock(&g, 0, 1, 1, 0, 0);
    tap_ok(t, EQ(wait_for(&g, 1), 1), "the first call allocates the stacks of the store");
    for (size_t k = 1; k <= 2; k++) {
        failing_start(&g.x.f, k);
        uint32_t error = CALL(&g, "poll_oneoff", PATH2, DATA, 1, RESULT);
        failing_stop(&g.x.f);
        tap_ok(t, EQ(error, E_NOMEM) && EQ(wait_for(&g, 1), 1), "poll_oneoff with allocation %zu failing", k);
    }
    guest_close(&g, "waiting without memory");
}

int main(void) {
    tap t = {0};
    (void)setvbuf(stdout, NULL, _IOFBF, 1 << 16); /* see open_with_streams */
    test_waiting(&t, false);
    test_waiting(&t, true);
    test_streams(&t);
    test_sockets(&t);
    test_waiting_for_pipes(&t);
    test_failing_memory(&t);
    return tap_done(&t);
}
