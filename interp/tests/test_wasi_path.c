/* test_wasi_path.c: paths of WASI: where they lead, and that none leads out of the preopened folder. Each test runs
 * with the kernel's look-up and with the stepwise one ("walk").
 */
#include "wasi_fixture.h"

#include <signal.h>
#include <sys/wait.h>

#if defined(__linux__)
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#endif

static void make_link(const guest *g, const char *text, const char *path) {
    host_must(symlink(text, at_home(g, path)) == 0, path);
}

static void make_folder(const guest *g, const char *path) {
    host_must(mkdir(at_home(g, path), 0700) == 0, path);
}

/* inside:  dir/nested/file, file, and links of every kind; outside: secret, dir/secret. */
static void make_tree(const guest *g) {
    make_folder(g, "inside/dir");
    make_folder(g, "inside/dir/nested");
    make_folder(g, "outside/dir");
    host_write(g, "inside/dir/nested/file", "nested");
    host_write(g, "inside/file", "file");
    host_write(g, "outside/secret", "secret");
    host_write(g, "outside/dir/secret", "secret");
    make_link(g, "dir/nested/file", "inside/to-file");
    make_link(g, "dir/nested", "inside/to-dir");
    make_link(g, "dir/nested/", "inside/to-dir-slash");
    make_link(g, "../../to-dir", "inside/dir/nested/back");
    make_link(g, "../nested/../../file", "inside/dir/nested/winding");
    make_link(g, "missing", "inside/dangling");
    make_link(g, "loop", "inside/loop");
    make_link(g, "pong", "inside/ping");
    make_link(g, "ping", "inside/pong");
    make_link(g, "..", "inside/up");
    make_link(g, "../outside", "inside/out");
    make_link(g, "../outside/secret", "inside/out-file");
    make_link(g, "dir/nested/../../../outside/secret", "inside/out-winding");
    make_link(g, "out/dir", "inside/out-twice");
    make_link(g, "../inside/file", "inside/out-and-in");
    make_link(g, "/", "inside/root");
    make_link(g, at_home(g, "outside"), "inside/absolute");
    make_link(g, at_home(g, "inside/file"), "inside/absolute-inside");
}

typedef struct lookup {
    const char *path;
    uint32_t follow;
    uint32_t error;   /* of path_filestat_get */
    const char *text; /* contents of the file; null if it is not a file */
} lookup;

static const lookup lookups[] = {
    {"file", 0, OK, "file"},
    {"./file", 0, OK, "file"},
    {"dir/nested/file", 0, OK, "nested"},
    {"dir//nested/.///file", 0, OK, "nested"},
    {"dir/../file", 0, OK, "file"},
    {"dir/nested/../../dir/./nested/../../file", 0, OK, "file"},
    {".", 0, OK, NULL},
    {"./", 0, OK, NULL},
    {"dir", 0, OK, NULL},
    {"dir/", 0, OK, NULL},
    {"dir/nested//", 0, OK, NULL},
    {"dir/.", 0, OK, NULL},
    {"dir/..", 0, OK, NULL},
    {"dir/nested/..", 0, OK, NULL},
    {"dir/nested/../", 0, OK, NULL},
    {"missing", 0, E_NOENT, NULL},
    {"missing/file", 0, E_NOENT, NULL},
    {"missing/../file", 0, E_NOENT, NULL},
    {"file/", 0, E_NOTDIR, NULL},
    {"file/.", 0, E_NOTDIR, NULL},
    {"file/..", 0, E_NOTDIR, NULL},
    {"file/file", 0, E_NOTDIR, NULL},
    {"file/../file", 0, E_NOTDIR, NULL},
    {"", 0, E_NOENT, NULL},
    /* Links. */
    {"to-file", FOLLOW, OK, "nested"},
    {"to-file/", FOLLOW, E_NOTDIR, NULL},
    {"to-dir", FOLLOW, OK, NULL},
    {"to-dir/", 0, OK, NULL},
    {"to-dir/file", 0, OK, "nested"},
    {"to-dir/../nested/file", 0, OK, "nested"}, /* ".." of the link's target */
    {"to-dir-slash", FOLLOW, OK, NULL},
    {"to-dir/back/back/back/file", 0, OK, "nested"},
    {"dir/nested/winding", FOLLOW, OK, "file"},
    {"to-dir/winding", FOLLOW, OK, "file"},
    {"dangling", FOLLOW, E_NOENT, NULL},
    {"loop", FOLLOW, E_LOOP, NULL},
    {"loop/", 0, E_LOOP, NULL},
    {"loop/file", 0, E_LOOP, NULL},
    {"ping", FOLLOW, E_LOOP, NULL},
    {"ping/file", 0, E_LOOP, NULL},
    /* Paths that lead out. */
    {"..", 0, E_NOTCAPABLE, NULL},
    {"../", 0, E_NOTCAPABLE, NULL},
    {"../inside", 0, E_NOTCAPABLE, NULL},
    {"../inside/file", 0, E_NOTCAPABLE, NULL},
    {"../outside/secret", 0, E_NOTCAPABLE, NULL},
    {"./../outside/secret", 0, E_NOTCAPABLE, NULL},
    {"dir/../../outside/secret", 0, E_NOTCAPABLE, NULL},
    {"dir/nested/../../..", 0, E_NOTCAPABLE, NULL},
    {"dir/nested/../../../inside/file", 0, E_NOTCAPABLE, NULL},
    {"to-dir/../../..", 0, E_NOTCAPABLE, NULL},
    {"/", 0, E_NOTCAPABLE, NULL},
    {"//file", 0, E_NOTCAPABLE, NULL},
    {"/file", 0, E_NOTCAPABLE, NULL},
    {"/etc/passwd", 0, E_NOTCAPABLE, NULL},
    {"up", FOLLOW, E_NOTCAPABLE, NULL},
    {"up/", 0, E_NOTCAPABLE, NULL},
    {"up/outside/secret", 0, E_NOTCAPABLE, NULL},
    {"up/inside/file", 0, E_NOTCAPABLE, NULL},
    {"out", FOLLOW, E_NOTCAPABLE, NULL},
    {"out/", 0, E_NOTCAPABLE, NULL},
    {"out/secret", 0, E_NOTCAPABLE, NULL},
    {"out/..", 0, E_NOTCAPABLE, NULL},
    {"out-file", FOLLOW, E_NOTCAPABLE, NULL},
    {"out-winding", FOLLOW, E_NOTCAPABLE, NULL},
    {"out-twice", FOLLOW, E_NOTCAPABLE, NULL},
    {"out-twice/secret", 0, E_NOTCAPABLE, NULL},
    {"out-and-in", FOLLOW, E_NOTCAPABLE, NULL},
    {"root", FOLLOW, E_NOTCAPABLE, NULL},
    {"root/etc/passwd", 0, E_NOTCAPABLE, NULL},
    {"absolute", FOLLOW, E_NOTCAPABLE, NULL},
    {"absolute/secret", 0, E_NOTCAPABLE, NULL},
    {"absolute-inside", FOLLOW, E_NOTCAPABLE, NULL},
};

static uint32_t stat_path(guest *g, uint32_t follow, const char *path) {
    return CALL(g, "path_filestat_get", ROOT, follow, PATH, put_path(g, PATH, path), RESULT);
}

/* path_filestat_get and path_open agree on every path. */
static void test_lookups(tap *t, bool walk) {
    guest g;
    guest_open(&g, t, false, walk);
    make_tree(&g);
    for (size_t i = 0; i < sizeof lookups / sizeof *lookups; i++) {
        const lookup *l = &lookups[i];
        uint32_t fd;
        uint32_t error = stat_path(&g, l->follow, l->path);
        uint32_t opened = open_from(&g, ROOT, l->path, l->follow, 0, R_READ, 0, &fd);
        tap_ok(t,
               EQ(error, l->error) && EQ(opened, l->error) && CHECK(l->text == NULL || reads(&g, fd, l->text)) &&
                   CHECK(opened != OK || CALL(&g, "fd_close", fd) == OK),
               "%s'%s'%s: %u", walk ? "walk: " : "", l->path, l->follow ? " followed" : "", l->error);
    }
    guest_close(&g, "look-ups");
}

/* ---- Without following --------------------------------------------------------------------------------------- */

static uint32_t two_paths(guest *g, const char *name, const char *from, const char *to) {
    return CALL(g, name, ROOT, PATH, put_path(g, PATH, from), ROOT, PATH2, put_path(g, PATH2, to));
}

static uint32_t link_paths(guest *g, uint32_t follow, const char *from, const char *to) {
    return CALL(g, "path_link", ROOT, follow, PATH, put_path(g, PATH, from), ROOT, PATH2, put_path(g, PATH2, to));
}

static uint32_t symlink_path(guest *g, const char *text, const char *path) {
    return CALL(g, "path_symlink", PATH2, put_path(g, PATH2, text), ROOT, PATH, put_path(g, PATH, path));
}

static uint32_t read_link(guest *g, const char *path, uint64_t room) {
    return CALL(g, "path_readlink", ROOT, PATH, put_path(g, PATH, path), DATA, room, RESULT);
}

/* Operations on a link itself, wherever it leads. */
static void test_links_themselves(tap *t, bool walk) {
    guest g;
    uint32_t fd;
    guest_open(&g, t, false, walk);
    make_tree(&g);
    tap_ok(t,
           EQ(stat_path(&g, 0, "out-file"), OK) && EQ(peek_number(&g, RESULT + 16, 1), 7) &&
               EQ(peek_number(&g, RESULT + 32, 8), 17),
           "a link that leads out has its own status");
    tap_ok(t,
           EQ(open_from(&g, ROOT, "to-file", 0, 0, R_READ, 0, &fd), E_LOOP) &&
               EQ(open_from(&g, ROOT, "out-file", 0, 0, R_READ, 0, &fd), E_LOOP) &&
               EQ(open_from(&g, ROOT, "to-dir", 0, DIRECTORY, R_READDIR, 0, &fd), E_NOTDIR),
           "a link is not opened itself");
    poke(&g, DATA, "..............................", 30);
    tap_ok(t,
           EQ(read_link(&g, "to-file", 64), OK) && EQ(peek_size(&g, RESULT), 15) &&
               CHECK(holds(&g, DATA, "dir/nested/file..")),
           "path_readlink gives the text of a link");
    tap_ok(t, EQ(read_link(&g, "out", 4), OK) && EQ(peek_size(&g, RESULT), 4) && CHECK(holds(&g, DATA, "../onested")),
           "path_readlink cuts the text to the buffer");
    tap_ok(t, EQ(read_link(&g, "out", 0), OK) && EQ(peek_size(&g, RESULT), 0), "path_readlink into 0 bytes");
    tap_ok(t,
           EQ(read_link(&g, "file", 64), E_INVAL) && EQ(read_link(&g, "missing", 64), E_NOENT) &&
               EQ(read_link(&g, "to-dir/", 64), E_INVAL) && EQ(read_link(&g, "out/secret", 64), E_NOTCAPABLE),
           "path_readlink refuses files, folders and links outside");
    tap_ok(t,
           EQ(two_paths(&g, "path_rename", "out-file", "renamed"), OK) &&
               CHECK(host_is(&g, "inside/renamed", S_IFLNK)) && CHECK(host_is(&g, "outside/secret", S_IFREG)),
           "path_rename renames the link, not its target");
    tap_ok(t,
           EQ(with_path(&g, "path_unlink_file", "renamed"), OK) && EQ(with_path(&g, "path_unlink_file", "out"), OK) &&
               CHECK(host_is(&g, "outside/secret", S_IFREG)) && CHECK(!host_is(&g, "inside/out", S_IFLNK)),
           "path_unlink_file removes the link, not its target");
    tap_ok(
        t,
        EQ(CALL(&g, "path_filestat_set_times", ROOT, 0, PATH, put_path(&g, PATH, "absolute"), 0, 5000000000, 4), OK) &&
            EQ(stat_path(&g, 0, "absolute"), OK) && EQ(peek_number(&g, RESULT + 48, 8), 5000000000),
        "path_filestat_set_times sets the times of a link");
    tap_ok(
        t,
        EQ(CALL(&g, "path_filestat_set_times", ROOT, FOLLOW, PATH, put_path(&g, PATH, "absolute"), 0, 7, 4),
           E_NOTCAPABLE) &&
            EQ(CALL(&g, "path_filestat_set_times", ROOT, FOLLOW, PATH, put_path(&g, PATH, "to-file"), 0, 7, 4), OK) &&
            EQ(stat_path(&g, 0, "dir/nested/file"), OK) && EQ(peek_number(&g, RESULT + 48, 8), 7),
        "with FOLLOW it sets those of a target inside");
    tap_ok(t,
           EQ(link_paths(&g, 0, "absolute", "hard"), OK) && CHECK(host_is(&g, "inside/hard", S_IFLNK)) &&
               EQ(link_paths(&g, FOLLOW, "absolute", "harder"), E_NOTCAPABLE) &&
               EQ(link_paths(&g, FOLLOW, "to-file", "harder"), OK) && CHECK(host_is(&g, "inside/harder", S_IFREG)),
           "path_link links to a link, or with FOLLOW to a target inside");
    tap_ok(t, EQ(link_paths(&g, 2, "file", "hardest"), E_INVAL), "path_link refuses unknown flags");
    guest_close(&g, "links themselves");
}

/* ---- Making and removing ------------------------------------------------------------------------------------- */

static const char *const outside[] = {"../outside/new", "out/new",       "up/outside/new", "absolute/new",
                                      "/tmp/new",       "dir/../../new", "out-twice/new",  "root/new"};

/* Nothing outside is created, removed, renamed or linked. */
static void test_outside(tap *t, bool walk) {
    guest g;
    uint32_t fd;
    guest_open(&g, t, false, walk);
    make_tree(&g);
    for (size_t i = 0; i < sizeof outside / sizeof *outside; i++) {
        const char *path = outside[i];
        tap_ok(t,
               EQ(with_path(&g, "path_create_directory", path), E_NOTCAPABLE) &&
                   EQ(open_from(&g, ROOT, path, FOLLOW, CREAT, R_WRITE, 0, &fd), E_NOTCAPABLE) &&
                   EQ(symlink_path(&g, "file", path), E_NOTCAPABLE) &&
                   EQ(two_paths(&g, "path_rename", "file", path), E_NOTCAPABLE) &&
                   EQ(two_paths(&g, "path_rename", path, "new"), E_NOTCAPABLE) &&
                   EQ(link_paths(&g, 0, "file", path), E_NOTCAPABLE) &&
                   EQ(link_paths(&g, 0, path, "new"), E_NOTCAPABLE) &&
                   EQ(with_path(&g, "path_unlink_file", path), E_NOTCAPABLE) &&
                   EQ(with_path(&g, "path_remove_directory", path), E_NOTCAPABLE),
               "%s'%s' changes nothing", walk ? "walk: " : "", path);
    }
    tap_ok(t,
           EQ(open_from(&g, ROOT, "out-file", FOLLOW, CREAT | TRUNC, R_WRITE, 0, &fd), E_NOTCAPABLE) &&
               EQ(open_from(&g, ROOT, "out-file", FOLLOW, TRUNC, R_WRITE, 0, &fd), E_NOTCAPABLE) &&
               EQ(open_from(&g, ROOT, "out-file", 0, CREAT | TRUNC, R_WRITE, 0, &fd), E_LOOP) &&
               EQ(open_from(&g, ROOT, "out-file", FOLLOW, CREAT | EXCL, R_WRITE, 0, &fd), E_EXIST) &&
               EQ_TEXT(host_read(&g, "outside/secret"), "secret"),
           "no file outside is created, truncated or opened");
    tap_ok(t, EQ(symlink_path(&g, "/etc", "made"), E_NOTCAPABLE) && EQ(symlink_path(&g, "", "made"), E_NOENT),
           "path_symlink refuses absolute and empty texts");
    tap_ok(t,
           EQ(symlink_path(&g, "../outside", "made"), OK) &&
               EQ(open_from(&g, ROOT, "made/secret", 0, 0, R_READ, 0, &fd), E_NOTCAPABLE) &&
               EQ(symlink_path(&g, "../nested/file", "dir/nested/made"), OK) &&
               EQ(open_from(&g, ROOT, "dir/nested/made", FOLLOW, 0, R_READ, 0, &fd), OK) &&
               CHECK(reads(&g, fd, "nested")),
           "path_symlink accepts a text that leads up, and its look-up checks it");
    tap_ok(t,
           EQ(symlink_path(&g, "new", "creates"), OK) &&
               EQ(open_from(&g, ROOT, "creates", FOLLOW, CREAT, R_WRITE, 0, &fd), OK) &&
               CHECK(host_is(&g, "inside/new", S_IFREG)),
           "a file is created at the target of a link inside");
    tap_ok(
        t,
        EQ(open_from(&g, ROOT, "dir", 0, DIRECTORY, R_READDIR | R_PATH_OPEN, 0, &fd), OK) &&
            EQ(CALL(&g, "path_open", fd, 0, PATH, put_path(&g, PATH, "../file"), 0, 0, 0, 0, RESULT), E_NOTCAPABLE) &&
            EQ(CALL(&g, "path_open", fd, 0, PATH, put_path(&g, PATH, "nested/file"), 0, 0, 0, 0, RESULT), OK),
        "an open folder confines paths to itself");
    guest_close(&g, "outside");
}

static void test_making(tap *t, bool walk) {
    guest g;
    guest_open(&g, t, false, walk);
    tap_ok(t,
           EQ(with_path(&g, "path_create_directory", "a"), OK) &&
               EQ(with_path(&g, "path_create_directory", "a/b/"), OK) &&
               EQ(with_path(&g, "path_create_directory", "a/b/../c"), OK) && CHECK(host_is(&g, "inside/a/c", S_IFDIR)),
           "path_create_directory");
    tap_ok(t,
           EQ(with_path(&g, "path_create_directory", "a"), E_EXIST) &&
               EQ(with_path(&g, "path_create_directory", "."), E_EXIST) &&
               EQ(with_path(&g, "path_create_directory", "a/.."), E_EXIST) &&
               EQ(with_path(&g, "path_create_directory", "x/y"), E_NOENT),
           "path_create_directory refuses existing names and missing parents");
    host_write(&g, "inside/file", "file");
    tap_ok(t,
           EQ(with_path(&g, "path_unlink_file", "a"), E_ISDIR) &&
               EQ(with_path(&g, "path_unlink_file", "a/"), E_ISDIR) &&
               EQ(with_path(&g, "path_unlink_file", "file/"), E_NOTDIR) &&
               EQ(with_path(&g, "path_unlink_file", "missing"), E_NOENT) &&
               EQ(with_path(&g, "path_remove_directory", "file"), E_NOTDIR) &&
               EQ(with_path(&g, "path_remove_directory", "file/"), E_NOTDIR) &&
               EQ(with_path(&g, "path_remove_directory", "a"), E_NOTEMPTY),
           "path_unlink_file refuses folders, path_remove_directory files");
    tap_ok(t,
           EQ(two_paths(&g, "path_rename", "a/", "d"), OK) && EQ(two_paths(&g, "path_rename", "d", "a/"), OK) &&
               EQ(two_paths(&g, "path_rename", "file", "g/"), E_NOTDIR) &&
               EQ(two_paths(&g, "path_rename", "file/", "g"), E_NOTDIR) &&
               EQ(two_paths(&g, "path_rename", "file", "a"), E_ISDIR) &&
               EQ(two_paths(&g, "path_rename", "missing", "g"), E_NOENT) &&
               EQ(two_paths(&g, "path_rename", "file", "a/b/file"), OK) &&
               CHECK(host_is(&g, "inside/a/b/file", S_IFREG)),
           "path_rename; a trailing slash is for folders only");
    tap_ok(t,
           EQ(link_paths(&g, 0, "a/b/file", "two"), OK) && EQ(link_paths(&g, 0, "a/b/file", "two"), E_EXIST) &&
               EQ(link_paths(&g, 0, "two", "three/"), E_NOENT) && EQ(link_paths(&g, 0, "two/", "three"), E_NOTDIR) &&
               EQ(link_paths(&g, 0, "two", "a/"), E_EXIST) && EQ_TEXT(host_read(&g, "inside/two"), "file"),
           "path_link gives a file a second name");
    tap_ok(t,
           EQ(symlink_path(&g, "two", "link/"), E_NOENT) && EQ(symlink_path(&g, "two", "a/"), E_EXIST) &&
               EQ(symlink_path(&g, "two", "two"), E_EXIST) && EQ(symlink_path(&g, "two", "two/"), E_NOTDIR) &&
               EQ(symlink_path(&g, "two", "link"), OK),
           "path_symlink refuses a name with a trailing slash");
    tap_ok(t,
           EQ(with_path(&g, "path_unlink_file", "a/b/file"), OK) &&
               EQ(with_path(&g, "path_remove_directory", "a/b/"), OK) &&
               EQ(with_path(&g, "path_remove_directory", "a/c"), OK) &&
               EQ(with_path(&g, "path_remove_directory", "a"), OK) && CHECK(!host_is(&g, "inside/a", S_IFDIR)),
           "files and folders are removed");
    guest_close(&g, "making");
}

/* ---- Long paths ---------------------------------------------------------------------------------------------- */

static void test_long_paths(tap *t, bool walk) {
    guest g;
    char path[8192];
    guest_open(&g, t, false, walk);
    make_tree(&g);
    memset(path, 'x', 300);
    path[300] = '\0';
    tap_ok(t, EQ(with_path(&g, "path_create_directory", path), E_NAMETOOLONG), "a name of 300 bytes is too long");
    path[0] = '\0';
    for (size_t i = 0; i < 500; i++)
        strcat(path, "dir/../");
    strcat(path, "file");
    tap_ok(t, EQ(stat_path(&g, 0, path), OK), "a path of 3504 bytes");
    memset(path, '/', sizeof path);
    memcpy(path, "dir", 3);
    poke(&g, PATH, path, sizeof path);
    tap_ok(t,
           EQ(CALL(&g, "path_filestat_get", ROOT, 0, PATH, 4095, RESULT), OK) &&
               EQ(CALL(&g, "path_filestat_get", ROOT, 0, PATH, 4096, RESULT), E_NAMETOOLONG) &&
               EQ(CALL(&g, "path_filestat_get", ROOT, 0, PATH, 8192, RESULT), E_NAMETOOLONG),
           "a path has at most 4095 bytes");
    poke(&g, PATH, "file\0x", 6);
    tap_ok(t,
           EQ(CALL(&g, "path_filestat_get", ROOT, 0, PATH, 5, RESULT), E_INVAL) &&
               EQ(CALL(&g, "path_filestat_get", ROOT, 0, PATH, 6, RESULT), E_INVAL),
           "a path with a NUL is refused");
    /* A link's text and the rest of the path, longer together than a path may be: only the kernel can follow it. */
    memset(path, '/', 4000);
    memcpy(path, "dir", 3);
    path[4000] = '\0';
    make_link(&g, path, "inside/long");
    strcpy(path, "long");
    for (size_t i = 0; i < 100; i++)
        strcat(path, "/.");
    strcat(path, "/nested/file");
    uint32_t error = stat_path(&g, 0, path);
    tap_ok(t, error == OK || (walk && error == E_NAMETOOLONG), "a long link in a long path");
    make_link(&g, path, "inside/dir/longer");
    error = stat_path(&g, FOLLOW, "dir/longer");
    tap_ok(t, EQ(error, E_NOENT), "a link at the end of a path is resolved from its own folder");
    guest_close(&g, "long paths");
}

/* Folders further from the root than a path is long: links lead there in steps. */
static void test_far_folders(tap *t, bool walk) {
    enum { LEVELS = 30, NAME = 200 };
    guest g;
    char name[NAME + 1], link[16], path[1024];
    guest_open(&g, t, false, walk);
    memset(name, 'n', NAME);
    name[NAME] = '\0';
    int folder = open(at_home(&g, "inside"), O_RDONLY | O_DIRECTORY);
    path[0] = '\0';
    for (unsigned i = 0; i < LEVELS && folder >= 0; i++) {
        snprintf(link, sizeof link, "l%u", i);
        add_text(path, sizeof path, "%sl%u", i == 0 ? "" : "/", i);
        int next = mkdirat(folder, name, 0700) == 0 && symlinkat(name, folder, link) == 0
                       ? openat(folder, name, O_RDONLY | O_DIRECTORY)
                       : -1;
        (void)close(folder);
        folder = next;
    }
    uint32_t error = stat_path(&g, FOLLOW, path);
    tap_ok(t, CHECK(folder >= 0) && CHECK(error == OK || (walk && error == E_NAMETOOLONG)),
           "a folder %d bytes from the root: %u", LEVELS * (NAME + 1), error);
    (void)close(folder);
    guest_close(&g, "far folders");
}

/* ---- Sandboxes ----------------------------------------------------------------------------------------------- */

#if defined(SYS_openat2)
/* From here on the kernel refuses openat2. */
static bool refuse_openat2(int error) {
    struct sock_filter filter[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_openat2, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (unsigned)error),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {4, filter};
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

/* Look-ups in a sandbox. A process cannot leave it, so a child runs this; its exit status: 0 passed, 1 failed, 2 no
 * sandbox. */
static int in_sandbox(guest *g, int refusal) {
    uint32_t fd;
    if (!refuse_openat2(refusal))
        return 2;
    bool right = EQ(open_from(g, ROOT, "to-dir/../nested/file", 0, 0, R_READ, 0, &fd), OK) &&
                 CHECK(reads(g, fd, "nested")) &&
                 EQ(open_from(g, ROOT, "out/secret", 0, 0, R_READ, 0, &fd), E_NOTCAPABLE) &&
                 EQ(open_from(g, ROOT, "dir/../../outside/secret", 0, 0, R_READ, 0, &fd), E_NOTCAPABLE);
    (void)fflush(stdout);
    return right ? 0 : 1;
}

static void test_sandbox(tap *t, int refusal) {
    guest g;
    int status = 0;
    guest_open(&g, t, false, false);
    make_tree(&g);
    (void)fflush(stdout);
    pid_t child = fork();
    if (child == 0)
        _exit(in_sandbox(&g, refusal));
    bool ended = child > 0 && waitpid(child, &status, 0) == child && WIFEXITED(status);
    if (ended && WEXITSTATUS(status) == 2)
        tap_note("this host has no sandbox");
    tap_ok(t, CHECK(ended) && CHECK(WEXITSTATUS(status) != 1), "look-ups where a sandbox refuses openat2: %s",
           strerror(refusal));
    guest_close(&g, "sandbox");
}
#endif

/* Chains of links, up to the number that hosts follow and beyond. */
static void test_many_links(tap *t, bool walk) {
    guest g;
    char from[32], to[32];
    guest_open(&g, t, false, walk);
    host_write(&g, "inside/0", "end");
    make_folder(&g, "inside/d0");
    for (unsigned i = 1; i <= 60; i++) {
        snprintf(from, sizeof from, "inside/%u", i);
        snprintf(to, sizeof to, "%u", i - 1);
        make_link(&g, to, from);
        snprintf(from, sizeof from, "inside/d%u", i);
        snprintf(to, sizeof to, "d%u", i - 1);
        make_link(&g, to, from);
    }
    tap_ok(t, EQ(stat_path(&g, FOLLOW, "40"), OK) && EQ(stat_path(&g, FOLLOW, "60"), E_LOOP),
           "40 links at the end of a path are followed, 60 are not");
    tap_ok(t, EQ(stat_path(&g, 0, "d40/../0"), OK) && EQ(stat_path(&g, 0, "d60/../0"), E_LOOP),
           "40 links within a path are followed, 60 are not");
    guest_close(&g, "many links");
}

/* ---- While folders change ------------------------------------------------------------------------------------ */

/* Changes the guest's folder forever: "dir" and a link out trade places; "d1/d2" moves out and in. */
static void change_forever(const guest *g) {
    char names[6][128];
    const char *paths[] = {"inside/dir", "inside/trade", "inside/kept", "inside/d1/d2", "outside/d2", "inside"};
    for (size_t i = 0; i < 6; i++)
        snprintf(names[i], sizeof names[i], "%s", at_home(g, paths[i]));
    for (;;) {
        (void)rename(names[0], names[2]);
        (void)rename(names[1], names[0]);
        (void)rename(names[3], names[4]);
        (void)rename(names[0], names[1]);
        (void)rename(names[2], names[0]);
        (void)rename(names[4], names[3]);
    }
}

/* Opens paths while the folders change. Every file that opens must be inside. */
static void test_race(tap *t, bool walk) {
    static const char *const paths[] = {"dir/nested/prize", "d1/d2/../prize", "d1/d2/../../prize", "dir/../prize"};
    guest g;
    guest_open(&g, t, false, walk);
    make_folder(&g, "inside/dir");
    make_folder(&g, "inside/dir/nested");
    make_folder(&g, "inside/d1");
    make_folder(&g, "inside/d1/d2");
    make_folder(&g, "outside/nested");
    host_write(&g, "outside/nested/prize", "outside");
    host_write(&g, "outside/prize", "outside");
    host_write(&g, "prize", "outside");
    host_write(&g, "inside/dir/nested/prize", "inside");
    host_write(&g, "inside/d1/prize", "inside");
    host_write(&g, "inside/prize", "inside");
    make_link(&g, "../outside", "inside/trade");
    pid_t child = fork();
    if (child == 0)
        change_forever(&g);
    unsigned opened = 0, escaped = 0, refused = 0;
    for (unsigned i = 0; i < 20000 && child > 0; i++) {
        uint32_t fd, error = open_from(&g, ROOT, paths[i % 4], 0, 0, R_READ, 0, &fd);
        refused += error == OK ? 0 : 1;
        opened += error == OK && reads(&g, fd, "inside") ? 1 : 0;
        if (error == OK && !holds(&g, DATA, "inside"))
            escaped++;
        if (error == OK)
            (void)CALL(&g, "fd_close", fd);
    }
    if (child > 0) {
        (void)kill(child, SIGKILL);
        (void)waitpid(child, NULL, 0);
    }
    tap_note("%u opened, %u refused", opened, refused);
    tap_ok(t, CHECK(child > 0) && EQ(escaped, 0) && CHECK(opened > 0),
           "%snothing outside is opened while folders change", walk ? "walk: " : "");
    guest_close(&g, "race");
}

int main(void) {
    tap t = {0};
    for (int walk = 0; walk < 2; walk++) {
        test_lookups(&t, walk != 0);
        test_links_themselves(&t, walk != 0);
        test_outside(&t, walk != 0);
        test_making(&t, walk != 0);
        test_long_paths(&t, walk != 0);
        test_many_links(&t, walk != 0);
        test_far_folders(&t, walk != 0);
        test_race(&t, walk != 0);
    }
#if defined(SYS_openat2)
    test_sandbox(&t, ENOSYS);
    test_sandbox(&t, EPERM);
#endif
    return tap_done(&t);
}
