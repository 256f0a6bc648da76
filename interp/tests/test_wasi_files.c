/* test_wasi_files.c: descriptors, rights, files and folders of WASI. */
#include "wasi_fixture.h"

/* ---- Descriptors --------------------------------------------------------------------------------------------- */

static void test_descriptors(tap *t, bool wide) {
    guest g;
    uint32_t fd;
    guest_open(&g, t, wide, false);
    tap_ok(t,
           EQ(CALL(&g, "fd_prestat_get", ROOT, RESULT), OK) && EQ(peek_number(&g, RESULT, 1), 0) &&
               EQ(peek_size(&g, RESULT + word(&g)), 1),
           "fd_prestat_get describes the preopened folder");
    poke(&g, RESULT, "??", 2);
    tap_ok(t,
           EQ(CALL(&g, "fd_prestat_dir_name", ROOT, RESULT, 2), OK) && CHECK(holds(&g, RESULT, "/?")) &&
               EQ(CALL(&g, "fd_prestat_dir_name", ROOT, RESULT, 0), E_NAMETOOLONG),
           "fd_prestat_dir_name writes its name, without a NUL, if it fits");
    tap_ok(t,
           EQ(CALL(&g, "fd_prestat_get", 0, RESULT), E_BADF) && EQ(CALL(&g, "fd_prestat_get", 4, RESULT), E_BADF) &&
               EQ(CALL(&g, "fd_prestat_get", UINT32_MAX, RESULT), E_BADF),
           "nothing else is preopened");
    uint32_t four = open_file(&g, "a", CREAT), five = open_file(&g, "b", CREAT), six = open_file(&g, "c", CREAT);
    tap_ok(t,
           EQ(four, 4) && EQ(five, 5) && EQ(six, 6) && EQ(CALL(&g, "fd_close", five), OK) &&
               EQ(open_file(&g, "d", CREAT), 5),
           "a new descriptor has the lowest free number");
    tap_ok(t,
           EQ(CALL(&g, "fd_close", 7), E_BADF) && EQ(CALL(&g, "fd_close", 5), OK) &&
               EQ(CALL(&g, "fd_close", 5), E_BADF) && EQ(CALL(&g, "fd_sync", 5), E_BADF) &&
               EQ(CALL(&g, "fd_close", UINT32_MAX), E_BADF),
           "a closed descriptor is bad");
    tap_ok(t,
           EQ(write_text(&g, 6, "six"), OK) && EQ(CALL(&g, "fd_renumber", 6, 4), OK) &&
               EQ(CALL(&g, "fd_close", 6), E_BADF) && EQ(write_text(&g, 4, "four"), OK) &&
               EQ_TEXT(host_read(&g, "inside/c"), "sixfour") && EQ_TEXT(host_read(&g, "inside/a"), ""),
           "fd_renumber replaces a descriptor");
    tap_ok(t,
           EQ(CALL(&g, "fd_renumber", 4, 6), E_BADF) && EQ(CALL(&g, "fd_renumber", 6, 4), E_BADF) &&
               EQ(CALL(&g, "fd_renumber", 4, 4), OK) && EQ(write_text(&g, 4, "!"), OK),
           "fd_renumber refuses numbers that are not in use");
    tap_ok(t, EQ(CALL(&g, "fd_renumber", 4, ROOT), OK) && EQ(CALL(&g, "fd_prestat_get", ROOT, RESULT), E_BADF),
           "fd_renumber may replace the preopened folder");
    tap_ok(t,
           EQ(CALL(&g, "path_create_directory", ROOT, PATH, put_path(&g, PATH, "new")), E_NOTDIR) &&
               EQ(open_from(&g, ROOT, "a", 0, 0, 0, 0, &fd), E_NOTDIR) &&
               EQ(open_from(&g, 9, "a", 0, 0, 0, 0, &fd), E_BADF),
           "paths are not resolved from a descriptor that is not a folder");
    guest_close(&g, "descriptors");
}

static void test_rights(tap *t) {
    guest g;
    uint32_t fd, folder;
    guest_open(&g, t, false, false);
    tap_ok(t,
           EQ(CALL(&g, "fd_fdstat_get", ROOT, RESULT), OK) && EQ(peek_number(&g, RESULT, 1), 3) &&
               EQ(peek_number(&g, RESULT + 2, 2), 0) && CHECK((peek_number(&g, RESULT + 8, 8) & R_PATH_OPEN) != 0) &&
               EQ(peek_number(&g, RESULT + 8, 8) & (R_READ | R_WRITE | R_SEEK | R_SET_SIZE), 0) &&
               EQ(~peek_number(&g, RESULT + 16, 8) & (R_FILE | R_PATH_OPEN), 0),
           "a folder has rights of folders, and passes on rights of files");
    uint64_t base = peek_number(&g, RESULT + 8, 8), inheriting = peek_number(&g, RESULT + 16, 8);
    (void)put_path(&g, PATH, ".");
    tap_ok(t, EQ(CALL(&g, "path_open", ROOT, 0, PATH, 1, DIRECTORY, base, inheriting, 0, RESULT), OK),
           "a folder can be opened with all of these");
    folder = (uint32_t)peek_number(&g, RESULT, 4);
    tap_ok(t,
           EQ(open_from(&g, ROOT, "file", 0, CREAT, R_WRITE | R_PATH_OPEN, 0, &fd), OK) &&
               EQ(CALL(&g, "fd_fdstat_get", fd, RESULT), OK) && EQ(peek_number(&g, RESULT, 1), 4) &&
               EQ(peek_number(&g, RESULT + 8, 8), R_WRITE) && EQ(peek_number(&g, RESULT + 16, 8), 0),
           "an open file has those of the requested rights that apply to files");
    poke_range(&g, 0, DATA, 4);
    tap_ok(t,
           EQ(CALL(&g, "fd_read", fd, RANGES, 1, RESULT), E_NOTCAPABLE) &&
               EQ(CALL(&g, "fd_seek", fd, 0, 0, RESULT), E_NOTCAPABLE) &&
               EQ(CALL(&g, "fd_tell", fd, RESULT), E_NOTCAPABLE) &&
               EQ(CALL(&g, "fd_pwrite", fd, RANGES, 1, 0, RESULT), E_NOTCAPABLE) &&
               EQ(CALL(&g, "fd_filestat_get", fd, RESULT), E_NOTCAPABLE) && EQ(CALL(&g, "fd_sync", fd), E_NOTCAPABLE) &&
               EQ(CALL(&g, "fd_datasync", fd), E_NOTCAPABLE) && EQ(CALL(&g, "fd_advise", fd, 0, 0, 0), E_NOTCAPABLE) &&
               EQ(CALL(&g, "fd_allocate", fd, 0, 1), E_NOTCAPABLE) &&
               EQ(CALL(&g, "fd_readdir", fd, 0, 0, 0, 0), E_NOTCAPABLE) &&
               EQ(CALL(&g, "fd_fdstat_set_flags", fd, 0), E_NOTCAPABLE) &&
               EQ(CALL(&g, "fd_filestat_set_size", fd, 0), E_NOTCAPABLE) &&
               EQ(CALL(&g, "fd_filestat_set_times", fd, 0, 0, 0), E_NOTCAPABLE) &&
               EQ(CALL(&g, "fd_write", fd, RANGES, 1, RESULT), OK),
           "calls that need another right are refused");
    tap_ok(t,
           EQ(CALL(&g, "fd_read", ROOT, RANGES, 1, RESULT), E_NOTCAPABLE) &&
               EQ(CALL(&g, "fd_write", ROOT, RANGES, 1, RESULT), E_NOTCAPABLE) &&
               EQ(CALL(&g, "fd_seek", ROOT, 0, 0, RESULT), E_NOTCAPABLE),
           "a folder cannot be read, written or sought in");
    tap_ok(t,
           EQ(CALL(&g, "fd_fdstat_set_rights", fd, R_WRITE | R_READ, 0), E_NOTCAPABLE) &&
               EQ(CALL(&g, "fd_fdstat_set_rights", fd, R_WRITE, R_READ), E_NOTCAPABLE) &&
               EQ(CALL(&g, "fd_fdstat_set_rights", fd, 0, 0), OK) && EQ(write_text(&g, fd, "x"), E_NOTCAPABLE) &&
               EQ(CALL(&g, "fd_fdstat_set_rights", fd, R_WRITE, 0), E_NOTCAPABLE),
           "rights can be dropped, not gained");
    tap_ok(t,
           EQ(CALL(&g, "fd_fdstat_set_rights", folder, base, inheriting & ~(uint64_t)R_WRITE), OK) &&
               EQ(open_from(&g, folder, "file", 0, 0, R_WRITE, 0, &fd), E_NOTCAPABLE) &&
               EQ(open_from(&g, folder, "file", 0, 0, R_READ, 0, &fd), OK),
           "an open file gets no more rights than its folder passes on");
    static const struct {
        const char *name;
        uint64_t right;
    } paths[] = {{"path_create_directory", 1 << 9}, {"path_remove_directory", 1 << 25}, {"path_unlink_file", 1 << 26}};
    for (size_t i = 0; i < 3; i++) {
        base &= ~paths[i].right;
        tap_ok(t,
               EQ(CALL(&g, "fd_fdstat_set_rights", folder, base, 0), OK) &&
                   EQ(CALL(&g, paths[i].name, folder, PATH, 4), E_NOTCAPABLE),
               "%s needs a right", paths[i].name);
    }
    base &= ~(uint64_t)(1 << 10 | 1 << 19);
    tap_ok(t,
           EQ(CALL(&g, "fd_fdstat_set_rights", folder, base, 0), OK) &&
               EQ(open_from(&g, folder, "file", 0, CREAT, 0, 0, &fd), E_NOTCAPABLE) &&
               EQ(open_from(&g, folder, "file", 0, TRUNC, 0, 0, &fd), E_NOTCAPABLE) &&
               EQ(open_from(&g, folder, "file", 0, 0, 0, 0, &fd), OK) &&
               EQ(CALL(&g, "fd_fdstat_set_rights", folder, 0, 0), OK) &&
               EQ(open_from(&g, folder, "file", 0, 0, 0, 0, &fd), E_NOTCAPABLE),
           "creating, truncating and opening files need rights");
    guest_close(&g, "rights");
}

/* ---- Files --------------------------------------------------------------------------------------------------- */

static void test_files(tap *t, bool wide) {
    guest g;
    guest_open(&g, t, wide, false);
    uint32_t fd = open_file(&g, "file", CREAT | EXCL);
    poke(&g, DATA, "abcdefghij", 10);
    poke_range(&g, 0, DATA + 5, 5);
    poke_range(&g, 1, DATA, 0);
    poke_range(&g, 2, DATA, 5);
    tap_ok(t,
           EQ(CALL(&g, "fd_write", fd, RANGES, 3, RESULT), OK) && EQ(peek_size(&g, RESULT), 10) &&
               EQ_TEXT(host_read(&g, "inside/file"), "fghijabcde"),
           "fd_write writes ranges in order");
    tap_ok(t, EQ(CALL(&g, "fd_tell", fd, RESULT), OK) && EQ(peek_number(&g, RESULT, 8), 10),
           "fd_write advances the offset");
    tap_ok(t,
           EQ(CALL(&g, "fd_seek", fd, (uint64_t)-4, 1, RESULT), OK) && EQ(peek_number(&g, RESULT, 8), 6) &&
               EQ(CALL(&g, "fd_seek", fd, (uint64_t)-9, 2, RESULT), OK) && EQ(peek_number(&g, RESULT, 8), 1) &&
               EQ(CALL(&g, "fd_seek", fd, (uint64_t)-2, 1, RESULT), E_INVAL) &&
               EQ(CALL(&g, "fd_seek", fd, 0, 3, RESULT), E_INVAL),
           "fd_seek from the offset, from the end, and not before the start");
    poke_range(&g, 0, DATA, 2);
    poke_range(&g, 1, DATA + 20, 100);
    tap_ok(t,
           EQ(CALL(&g, "fd_read", fd, RANGES, 2, RESULT), OK) && EQ(peek_size(&g, RESULT), 9) &&
               CHECK(holds(&g, DATA, "ghcde")) && CHECK(holds(&g, DATA + 20, "ijabcde")),
           "fd_read fills ranges in order");
    tap_ok(t, reads(&g, fd, ""), "fd_read at the end reads nothing");
    poke(&g, DATA, "XY", 2);
    poke_range(&g, 0, DATA, 2);
    tap_ok(t,
           EQ(CALL(&g, "fd_pwrite", fd, RANGES, 1, 12, RESULT), OK) && EQ(peek_size(&g, RESULT), 2) &&
               EQ(CALL(&g, "fd_pread", fd, RANGES, 1, 1, RESULT), OK) && CHECK(holds(&g, DATA, "gh")) &&
               EQ(CALL(&g, "fd_tell", fd, RESULT), OK) && EQ(peek_number(&g, RESULT, 8), 10),
           "fd_pwrite and fd_pread do not move the offset");
    tap_ok(t,
           EQ(CALL(&g, "fd_filestat_get", fd, RESULT), OK) && EQ(peek_number(&g, RESULT + 32, 8), 14) &&
               EQ(peek_number(&g, RESULT + 16, 1), 4) && EQ(peek_number(&g, RESULT + 24, 8), 1),
           "fd_filestat_get gives size, kind and number of links");
    tap_ok(t,
           EQ(CALL(&g, "fd_pread", fd, RANGES, 1, UINT64_MAX, RESULT), E_INVAL) &&
               EQ(CALL(&g, "fd_pwrite", fd, RANGES, 1, INT64_MAX, RESULT), E_INVAL),
           "offsets beyond the range of the host are refused");
    tap_ok(t,
           EQ(CALL(&g, "fd_filestat_set_size", fd, 3), OK) && EQ_TEXT(host_read(&g, "inside/file"), "fgh") &&
               EQ(CALL(&g, "fd_filestat_set_size", fd, UINT64_MAX), E_INVAL),
           "fd_filestat_set_size");
    tap_ok(t,
           EQ(CALL(&g, "fd_allocate", fd, 0, 5), OK) && EQ(CALL(&g, "fd_filestat_get", fd, RESULT), OK) &&
               EQ(peek_number(&g, RESULT + 32, 8), 5) && EQ(CALL(&g, "fd_allocate", fd, 0, 0), E_INVAL) &&
               EQ(CALL(&g, "fd_allocate", fd, UINT64_MAX, 1), E_INVAL),
           "fd_allocate extends the file");
    tap_ok(t,
           EQ(CALL(&g, "fd_advise", fd, 0, 0, 5), OK) && EQ(CALL(&g, "fd_advise", fd, 0, 0, 6), E_INVAL) &&
               EQ(CALL(&g, "fd_advise", fd, UINT64_MAX, 0, 0), E_INVAL) && EQ(CALL(&g, "fd_sync", fd), OK) &&
               EQ(CALL(&g, "fd_datasync", fd), OK) && EQ(CALL(&g, "fd_sync", ROOT), OK),
           "fd_advise, fd_sync and fd_datasync");
    tap_ok(t,
           EQ(CALL(&g, "fd_filestat_set_times", fd, 1500000000, 2700000000, 5), OK) &&
               EQ(CALL(&g, "fd_filestat_get", fd, RESULT), OK) && EQ(peek_number(&g, RESULT + 40, 8), 1500000000) &&
               EQ(peek_number(&g, RESULT + 48, 8), 2700000000) &&
               EQ(CALL(&g, "fd_filestat_set_times", fd, 0, 0, 2), OK) &&
               EQ(CALL(&g, "fd_filestat_get", fd, RESULT), OK) && CHECK(peek_number(&g, RESULT + 40, 8) > 2700000000) &&
               EQ(peek_number(&g, RESULT + 48, 8), 2700000000),
           "fd_filestat_set_times sets each time alone");
    tap_ok(t,
           EQ(CALL(&g, "fd_filestat_set_times", fd, 0, 0, 3), E_INVAL) &&
               EQ(CALL(&g, "fd_filestat_set_times", fd, 0, 0, 12), E_INVAL) &&
               EQ(CALL(&g, "fd_filestat_set_times", fd, 0, 0, 16), E_INVAL),
           "fd_filestat_set_times refuses contradictory flags");
    guest_close(&g, "files");
}

static void test_opening(tap *t) {
    guest g;
    uint32_t fd;
    guest_open(&g, t, false, false);
    tap_ok(t,
           EQ(open_from(&g, ROOT, "file", 0, 0, R_READ, 0, &fd), E_NOENT) &&
               EQ(open_from(&g, ROOT, "file", 0, CREAT | EXCL, R_WRITE, 0, &fd), OK) &&
               EQ(open_from(&g, ROOT, "file", 0, CREAT | EXCL, R_WRITE, 0, &fd), E_EXIST) &&
               EQ(open_from(&g, ROOT, "file", 0, CREAT, R_WRITE, APPEND, &fd), OK),
           "CREAT and EXCL");
    tap_ok(t,
           EQ(write_text(&g, fd, "one"), OK) && EQ(CALL(&g, "fd_fdstat_get", fd, RESULT), OK) &&
               EQ(peek_number(&g, RESULT + 2, 2), APPEND),
           "APPEND is reported by fd_fdstat_get");
    uint32_t other = open_file(&g, "file", 0);
    tap_ok(t,
           EQ(write_text(&g, other, "three"), OK) && EQ(write_text(&g, fd, "two"), OK) &&
               EQ_TEXT(host_read(&g, "inside/file"), "threetwo"),
           "APPEND writes at the end");
    tap_ok(t,
           EQ(CALL(&g, "fd_fdstat_set_flags", other, APPEND | NONBLOCK), OK) &&
               EQ(CALL(&g, "fd_seek", other, 0, 0, RESULT), OK) && EQ(write_text(&g, other, "!"), OK) &&
               EQ_TEXT(host_read(&g, "inside/file"), "threetwo!") && EQ(CALL(&g, "fd_fdstat_get", other, RESULT), OK) &&
               EQ(peek_number(&g, RESULT + 2, 2), APPEND | NONBLOCK) &&
               EQ(CALL(&g, "fd_fdstat_set_flags", other, 0), OK) && EQ(CALL(&g, "fd_seek", other, 0, 0, RESULT), OK) &&
               EQ(write_text(&g, other, "T"), OK) && EQ_TEXT(host_read(&g, "inside/file"), "Threetwo!"),
           "fd_fdstat_set_flags sets and clears flags");
    tap_ok(t,
           EQ(CALL(&g, "fd_fdstat_set_flags", other, 2), E_NOTSUP) &&
               EQ(CALL(&g, "fd_fdstat_set_flags", other, 16), E_NOTSUP) &&
               EQ(CALL(&g, "fd_fdstat_set_flags", other, 32), E_INVAL),
           "fd_fdstat_set_flags refuses flags that the host cannot change");
    tap_ok(t,
           EQ(open_from(&g, ROOT, "file", 0, 0, R_WRITE | R_SET_FLAGS, 16, &fd), OK) &&
               EQ(CALL(&g, "fd_fdstat_get", fd, RESULT), OK) && CHECK((peek_number(&g, RESULT + 2, 2) & 16) != 0) &&
               EQ(CALL(&g, "fd_fdstat_set_flags", fd, peek_number(&g, RESULT + 2, 2) | APPEND), OK),
           "path_open accepts them");
    tap_ok(t,
           EQ(open_from(&g, ROOT, "file", 0, TRUNC, R_WRITE, 0, &fd), OK) && EQ_TEXT(host_read(&g, "inside/file"), ""),
           "TRUNC");
    tap_ok(t,
           EQ(open_from(&g, ROOT, "file", 0, DIRECTORY, R_READ, 0, &fd), E_NOTDIR) &&
               EQ(open_from(&g, ROOT, ".", 0, DIRECTORY, R_READ | R_WRITE, 0, &fd), E_ISDIR) &&
               EQ(open_from(&g, ROOT, "new/", 0, CREAT, R_WRITE, 0, &fd), E_ISDIR) &&
               EQ(open_from(&g, ROOT, "new", 0, CREAT | DIRECTORY, R_WRITE, 0, &fd), E_INVAL) &&
               CHECK(host_read(&g, "inside/new") == NULL),
           "DIRECTORY, and folders opened as files");
    tap_ok(t,
           EQ(open_from(&g, ROOT, "file", 0, 16, R_READ, 0, &fd), E_INVAL) &&
               EQ(open_from(&g, ROOT, "file", 2, 0, R_READ, 0, &fd), E_INVAL) &&
               EQ(open_from(&g, ROOT, "file", 0, 0, R_READ, 32, &fd), E_INVAL),
           "unknown flags are refused");
    unsigned failures = 0;
    for (unsigned i = 0; i < 200; i++)
        failures += open_file(&g, "file", 0) == UINT32_MAX ? 1 : 0;
    tap_ok(t, EQ(failures, 0), "200 open files");
    guest_close(&g, "opening");
}

/* More than the host's buffer holds. */
static void test_large(tap *t) {
    enum { SIZE = 100000 };
    static uint8_t bytes[SIZE], back[SIZE];
    guest g;
    guest_open(&g, t, false, false);
    uint32_t fd = open_file(&g, "file", CREAT);
    for (size_t i = 0; i < SIZE; i++)
        bytes[i] = (uint8_t)(i * 7 + i / 256);
    poke(&g, 20000, bytes, SIZE);
    /* The list of ranges is read before any range is written, and may lie in one. */
    for (unsigned i = 0; i < 4; i++)
        poke_range(&g, i, 20000 + i * SIZE / 4, SIZE / 4);
    tap_ok(t, EQ(CALL(&g, "fd_write", fd, RANGES, 4, RESULT), OK) && EQ(peek_size(&g, RESULT), SIZE),
           "100,000 bytes are written");
    poke(&g, 20000, back, SIZE);
    poke(&g, 1000, back, 8);
    tap_ok(t, EQ(CALL(&g, "fd_pread", fd, RANGES, 4, 0, 1000), OK) && EQ(peek_size(&g, 1000), SIZE),
           "100,000 bytes are read back");
    peek(&g, 20000, back, SIZE);
    tap_ok(t, EQ_BYTES(bytes, back, SIZE), "the bytes read are those written");
    poke_range(&g, 0, RANGES, SIZE / 2);
    poke_range(&g, 1, RANGES + SIZE / 2, SIZE / 2);
    tap_ok(t, EQ(CALL(&g, "fd_pread", fd, RANGES, 2, 0, 1000), OK) && EQ(peek_size(&g, 1000), SIZE),
           "a read into ranges that contain their own list");
    peek(&g, RANGES, back, SIZE);
    tap_ok(t, EQ_BYTES(bytes, back, SIZE), "the bytes read into the list are those written");
    /* Sizes that add up to more than 32 bits. */
    for (unsigned i = 0; i < 1000; i++)
        poke_range(&g, i, 0, END);
    uint32_t error = CALL(&g, "fd_read", fd, RANGES, 1000, DATA);
    tap_ok(t, EQ(error, OK) && EQ(peek_size(&g, DATA), 0),
           "overlapping ranges of more than 2^32 bytes in all, at the end of the file");
    guest_close(&g, "large");
}

/* ---- Folders ------------------------------------------------------------------------------------------------- */

/* Reads a folder with a buffer of `room` bytes. Returns the number of its entries; sets seen[i] for "file-i". */
static unsigned read_folder(guest *g, uint32_t fd, uint64_t room, bool *seen, uint32_t *error) {
    uint64_t cookie = 0, used;
    unsigned count = 0;
    char name[256];
    do {
        *error = CALL(g, "fd_readdir", fd, DATA, room, cookie, RESULT);
        used = *error == OK ? peek_size(g, RESULT) : 0;
        for (uint64_t at = 0; at + 24 <= used;) {
            uint64_t size = peek_number(g, DATA + at + 16, 4);
            if (at + 24 + size > used)
                break;
            peek(g, DATA + at + 24, name, size);
            name[size] = '\0';
            if (strncmp(name, "file-", 5) == 0)
                seen[atoi(name + 5)] = peek_number(g, DATA + at + 20, 1) == 4;
            cookie = peek_number(g, DATA + at, 8);
            at += 24 + size;
            count++;
        }
    } while (*error == OK && used == room);
    return count;
}

static void test_entries(tap *t, bool wide) {
    enum { COUNT = 300 };
    guest g;
    char name[64];
    uint32_t fd, error;
    guest_open(&g, t, wide, false);
    (void)open_from(&g, ROOT, ".", 0, DIRECTORY, R_READDIR | R_STAT, 0, &fd);
    tap_ok(t, EQ(CALL(&g, "fd_readdir", fd, DATA, 4096, 0, RESULT), OK) && EQ(peek_size(&g, RESULT), 2 * 24 + 3),
           "fd_readdir: an empty folder has two entries");
    bool dots = true; /* each name begins with a dot, each kind is folder */
    for (uint64_t at = DATA; at < DATA + peek_size(&g, RESULT); at += 24 + peek_number(&g, at + 16, 4))
        dots = dots && CHECK(holds(&g, at + 24, ".")) && EQ(peek_number(&g, at + 20, 1), 3);
    uint64_t first = peek_number(&g, DATA + 8, 8),
             second = peek_number(&g, DATA + 24 + peek_number(&g, DATA + 16, 4) + 8, 8);
    error = CALL(&g, "fd_filestat_get", fd, RESULT);
    tap_ok(t, CHECK(dots) && EQ(error, OK) && EQ(first, second) && EQ(first, peek_number(&g, RESULT + 8, 8)),
           "both have the number of the folder itself");
    for (unsigned i = 0; i < COUNT; i++) {
        snprintf(name, sizeof name, "inside/file-%u", i);
        host_write(&g, name, "");
    }
    static const uint64_t rooms[] = {4096, 100, 64, 33, 65536};
    for (size_t i = 0; i < sizeof rooms / sizeof *rooms; i++) {
        bool seen[COUNT] = {false}, all = true;
        unsigned count = read_folder(&g, fd, rooms[i], seen, &error);
        for (unsigned k = 0; k < COUNT; k++)
            all = all && CHECK(seen[k]);
        tap_ok(t, EQ(error, OK) && CHECK(all) && EQ(count, COUNT + 2), "%u entries, %llu bytes at a time", count,
               (unsigned long long)rooms[i]);
    }
    tap_ok(t, EQ(CALL(&g, "fd_readdir", fd, DATA, 0, 0, RESULT), OK) && EQ(peek_size(&g, RESULT), 0),
           "fd_readdir into 0 bytes");
    poke(&g, DATA, "________________________________", 32);
    tap_ok(t,
           EQ(CALL(&g, "fd_readdir", fd, DATA, 10, 0, RESULT), OK) && EQ(peek_size(&g, RESULT), 10) &&
               CHECK(holds(&g, DATA + 10, "______")),
           "fd_readdir cuts the last entry off at the end of the buffer");
    tap_ok(t,
           EQ(CALL(&g, "fd_readdir", fd, DATA, 4096, UINT64_MAX, RESULT), E_INVAL) &&
               EQ(CALL(&g, "fd_readdir", fd, DATA, 4096, COUNT + 3, RESULT), E_INVAL) &&
               EQ(CALL(&g, "fd_readdir", fd, DATA, 4096, COUNT + 2, RESULT), OK) && EQ(peek_size(&g, RESULT), 0),
           "an unknown cookie is refused, the last one leads to the end");
    guest_close(&g, "entries");
}

static void test_failing_memory(tap *t) {
    guest g;
    guest_open(&g, t, false, false);
    uint32_t folder, failed = OK;
    bool seen[3];
    (void)open_from(&g, ROOT, ".", 0, DIRECTORY, R_READDIR, 0, &folder);
    host_write(&g, "inside/file-1", "");
    failing_start(&g.x.f, 1);
    failed = CALL(&g, "fd_readdir", folder, DATA, 4096, 0, RESULT);
    failing_stop(&g.x.f);
    tap_ok(t, EQ(failed, E_NOMEM) && EQ(read_folder(&g, folder, 64, seen, &failed), 3) && EQ(failed, OK),
           "fd_readdir fails when out of memory, and can be repeated");
    while (open_file(&g, "file", CREAT) != 7)
        continue;
    failing_start(&g.x.f, 1);
    uint32_t fd, error = open_from(&g, ROOT, "new", 0, CREAT, R_WRITE, 0, &fd);
    failing_stop(&g.x.f);
    tap_ok(t, EQ(error, E_NOMEM) && CHECK(host_read(&g, "inside/new") == NULL) && EQ(open_file(&g, "new", CREAT), 8),
           "path_open fails when out of memory, before it creates the file");
    guest_close(&g, "folders without memory");
}

int main(void) {
    tap t = {0};
    for (int wide = 0; wide < 2; wide++) {
        test_descriptors(&t, wide != 0);
        test_files(&t, wide != 0);
        test_entries(&t, wide != 0);
    }
    test_rights(&t);
    test_opening(&t);
    test_large(&t);
    test_failing_memory(&t);
    return tap_done(&t);
}
