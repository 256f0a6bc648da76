/* escape.c: tries to leave its folder. All of it would succeed on the host, so the test has the expected output. */
#include "say.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

static void try_path(const char *path) {
    struct stat status;
    int fd = open(path, O_RDONLY);
    printf("%s: open %s", path, fd < 0 ? error_name(errno) : "ok");
    int found = stat(path, &status);
    printf(", stat %s", found < 0 ? error_name(errno) : "ok");
    DIR *folder = opendir(path);
    printf(", opendir %s\n", folder == NULL ? error_name(errno) : "ok");
}

int main(int argc, char **argv) {
    SAY(symlink("..", "up"));
    SAY(symlink("../secret", "file"));
    SAY(symlink("/etc", "root"));
    SAY(mkdir("deep", 0700));
    SAY(symlink("../../secret", "deep/file"));
    SAY(symlink("../../inside/..", "deep/around"));
    for (int i = 1; i < argc; i++)
        try_path(argv[i]);
    SAY(open("../made", O_CREAT | O_WRONLY, 0600));
    SAY(mkdir("../made", 0700));
    SAY(unlink("../secret"));
    SAY(unlink("up/secret"));
    SAY(rename("up/secret", "taken"));
    SAY(rename("deep", "up/deep"));
    SAY(link("../secret", "taken"));
    SAY(link("deep/file", "taken"));
    SAY(open("taken", O_RDONLY));
    SAY(symlink("x", "../made"));
    SAY(rmdir("up/inside"));
    SAY(truncate("file", 0));
    SAY(chdir("up"));
    return 0;
}
