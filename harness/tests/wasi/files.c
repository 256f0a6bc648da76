/* files.c: files: writing, reading, seeking, truncating, renaming, linking, times. */
#include "say.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

static void show(const char *path) {
    char text[256];
    FILE *file = fopen(path, "r");
    if (file == NULL) {
        printf("%s: %s\n", path, error_name(errno));
        return;
    }
    size_t size = fread(text, 1, sizeof text, file);
    printf("%s: %zu [%.*s]\n", path, size, (int)size, text);
    fclose(file);
}

static void streams(void) {
    FILE *file = fopen("stream", "w+");
    for (int i = 0; i < 10; i++)
        fprintf(file, "line %d\n", i);
    SAY(ftell(file));
    SAY(fseek(file, 14, SEEK_SET));
    char line[16];
    SAY(fgets(line, sizeof line, file) == line && strcmp(line, "line 2\n") == 0);
    SAY(fseek(file, -7, SEEK_END));
    SAY(fputs("LAST", file) >= 0);
    SAY(fclose(file));
    show("stream");
    file = fopen("stream", "a");
    SAY(fputs("appended\n", file) >= 0);
    SAY(ftell(file));
    SAY(fclose(file));
    show("stream");
    SAY(fopen("missing", "r") == NULL ? -1 : 0);
    SAY(fopen("missing/file", "w") == NULL ? -1 : 0);
}

static void descriptors(void) {
    char text[16] = "";
    int fd = open("file", O_RDWR | O_CREAT | O_EXCL, 0600);
    struct iovec parts[] = {{"one", 3}, {"", 0}, {"two", 3}};
    struct stat status;
    SAY(open("file", O_RDWR | O_CREAT | O_EXCL, 0600));
    SAY(writev(fd, parts, 3));
    SAY(pwrite(fd, "THREE", 5, 8));
    SAY(lseek(fd, 0, SEEK_CUR));
    SAY(lseek(fd, -20, SEEK_CUR));
    SAY(lseek(fd, 1, SEEK_SET));
    SAY(read(fd, text, 5));
    SAY(pread(fd, text, 16, 4));
    SAY(memcmp(text, "wo\0\0THREE", 9));
    SAY(fstat(fd, &status));
    SAY(status.st_size);
    SAY(S_ISREG(status.st_mode));
    SAY(ftruncate(fd, 4));
    SAY(ftruncate(fd, 6));
    SAY(ftruncate(fd, -1));
    SAY(lseek(fd, 0, SEEK_END));
    SAY(fsync(fd));
    SAY(fdatasync(fd));
    SAY(posix_fallocate(fd, 0, 100));
    SAY(lseek(fd, 0, SEEK_END));
    SAY(close(fd));
    SAY(close(fd));
    SAY(read(fd, text, 1));
    fd = open("file", O_RDONLY);
    SAY(write(fd, "x", 1));
    SAY(close(fd));
    fd = open("file", O_WRONLY | O_TRUNC);
    SAY(read(fd, text, 1));
    SAY(lseek(fd, 0, SEEK_END));
    SAY(fcntl(fd, F_GETFL) & (O_APPEND | O_NONBLOCK));
    SAY(fcntl(fd, F_SETFL, O_APPEND));
    SAY((fcntl(fd, F_GETFL) & O_APPEND) != 0);
    SAY(close(fd));
    SAY(open("file/", O_RDONLY));
    SAY(open(".", O_RDWR));
}

static void names(void) {
    char text[32] = "";
    struct stat status;
    SAY(mkdir("dir", 0700));
    SAY(mkdir("dir", 0700));
    SAY(mkdir("dir/sub/sub", 0700));
    SAY(mkdir("dir/sub/", 0700));
    SAY(rename("stream", "dir/sub/moved"));
    SAY(rename("stream", "dir/sub/moved"));
    SAY(rename("dir/sub/moved", "dir"));
    SAY(rename("dir", "dir/sub"));
    SAY(link("dir/sub/moved", "second"));
    SAY(stat("second", &status));
    SAY(status.st_nlink);
    SAY(symlink("dir/sub/../sub/moved", "link"));
    SAY(symlink("nowhere", "link"));
    SAY(readlink("link", text, sizeof text));
    SAY(strcmp(text, "dir/sub/../sub/moved"));
    SAY(readlink("link", text, 3));
    SAY(readlink("second", text, sizeof text));
    SAY(lstat("link", &status));
    SAY(S_ISLNK(status.st_mode));
    SAY(stat("link", &status));
    SAY(status.st_size);
    SAY(symlink("circle", "circle"));
    SAY(open("circle", O_RDONLY));
    SAY(open("link", O_RDONLY | O_NOFOLLOW));
    SAY(symlink("dangling-target", "dangling"));
    SAY(stat("dangling", &status));
    SAY(close(open("dangling", O_WRONLY | O_CREAT, 0600)));
    SAY(stat("dangling-target", &status));
    SAY(unlink("dir"));
    SAY(rmdir("second"));
    SAY(rmdir("dir"));
    SAY(unlink("dir/sub/moved"));
    SAY(unlink("dir/sub/moved"));
    SAY(rmdir("dir/sub/"));
    SAY(rmdir("dir"));
    SAY(unlink("link"));
    SAY(access("second", R_OK));
    SAY(access("link", F_OK));
    show("second");
}

static void times(void) {
    struct stat status;
    const struct timespec set[2] = {{123456789, 987654321}, {1000000000, 1}};
    const struct timespec half[2] = {{0, UTIME_OMIT}, {1500000000, 5}};
    SAY(utimensat(AT_FDCWD, "file", set, 0));
    SAY(stat("file", &status));
    printf("%lld.%09ld %lld.%09ld\n", (long long)status.st_atim.tv_sec, (long)status.st_atim.tv_nsec,
           (long long)status.st_mtim.tv_sec, (long)status.st_mtim.tv_nsec);
    int fd = open("file", O_WRONLY);
    SAY(futimens(fd, half));
    SAY(fstat(fd, &status));
    printf("%lld.%09ld %lld.%09ld\n", (long long)status.st_atim.tv_sec, (long)status.st_atim.tv_nsec,
           (long long)status.st_mtim.tv_sec, (long)status.st_mtim.tv_nsec);
    SAY(close(fd));
}

int main(void) {
    streams();
    descriptors();
    names();
    times();
    return 0;
}
