/* folders.c: reading folders: many entries, positions, changes meanwhile. */
#include "say.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { COUNT = 500 };

static int compare(const void *a, const void *b) {
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Prints the entries in order of name. */
static void list(const char *path) {
    char *names[2 * COUNT];
    size_t count = 0;
    DIR *folder = opendir(path);
    if (folder == NULL) {
        printf("%s: %s\n", path, error_name(errno));
        return;
    }
    for (struct dirent *entry; (entry = readdir(folder)) != NULL && count < 2 * COUNT;)
        names[count++] = strdup(entry->d_name);
    SAY(closedir(folder));
    qsort(names, count, sizeof *names, compare);
    printf("%s: %zu entries\n", path, count);
    for (size_t i = 0; i < count; i++) {
        printf("  %s\n", names[i]);
        free(names[i]);
    }
}

static void kinds(void) {
    SAY(mkdir("kinds", 0700));
    SAY(mkdir("kinds/folder", 0700));
    SAY(close(open("kinds/file", O_CREAT | O_WRONLY, 0600)));
    SAY(symlink("file", "kinds/link"));
    DIR *folder = opendir("kinds");
    int right = 0;
    for (struct dirent *entry; (entry = readdir(folder)) != NULL;) {
        struct stat status;
        int same =
            fstatat(dirfd(folder), entry->d_name, &status, AT_SYMLINK_NOFOLLOW) == 0 && status.st_ino == entry->d_ino;
        if (strcmp(entry->d_name, "folder") == 0)
            right += same && entry->d_type == DT_DIR;
        else if (strcmp(entry->d_name, "file") == 0)
            right += same && entry->d_type == DT_REG;
        else if (strcmp(entry->d_name, "link") == 0)
            right += same && entry->d_type == DT_LNK;
    }
    SAY(right);
    SAY(closedir(folder));
}

/* Goes through a folder twice, and back to a place in it. */
static void positions(void) {
    char after[300] = "";
    int count = 0, again = 0, rest = 0, same = 0;
    DIR *folder = opendir("many");
    while (readdir(folder) != NULL)
        count++;
    long place = 0;
    rewinddir(folder);
    for (struct dirent *entry; (entry = readdir(folder)) != NULL;) {
        if (++again == COUNT / 2)
            place = telldir(folder);
        if (again == COUNT / 2 + 1)
            strcpy(after, entry->d_name);
    }
    seekdir(folder, place);
    for (struct dirent *entry; (entry = readdir(folder)) != NULL;)
        same += ++rest == 1 && strcmp(entry->d_name, after) == 0;
    SAY(count == COUNT + 2 && again == count && rest == count - COUNT / 2 && same == 1);
    SAY(closedir(folder));
}

/* Removes everything while going through it. */
static void removal(void) {
    int removed = 0;
    DIR *folder = opendir("many");
    for (struct dirent *entry; (entry = readdir(folder)) != NULL;)
        if (entry->d_name[0] != '.')
            removed += unlinkat(dirfd(folder), entry->d_name, 0) == 0;
    SAY(removed);
    SAY(closedir(folder));
    SAY(rmdir("many"));
}

int main(void) {
    char name[300];
    SAY(mkdir("many", 0700));
    for (int i = 0; i < COUNT; i++) {
        snprintf(name, sizeof name, "many/%0*d", 1 + i % 200, i);
        close(open(name, O_CREAT | O_WRONLY, 0600));
    }
    list("many");
    list("missing");
    kinds();
    list("kinds");
    list("kinds/file");
    positions();
    removal();
    return 0;
}
