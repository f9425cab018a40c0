#define _GNU_SOURCE
#include "folder.h"
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

static int folder, lock_fd;
static const char *folder_path;

static int open_both(int flags) {
    folder = open(folder_path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    lock_fd = folder < 0 ? -1 : openat(folder, "reader.lock", O_RDWR | O_CLOEXEC | flags, 0600);
    return lock_fd < 0 ? -1 : 0;
}

int open_folder(const char *path) {
    folder_path = path;
    return open_both(O_CREAT);
}

int reopen_folder(void) {
    return open_both(0);
}

int lock_folder(int operation) {
    return flock(lock_fd, operation);
}

int is_folder_gone(void) {
    char path[PATH_MAX];
    struct stat named, held;
    snprintf(path, sizeof path, "%s/reader.lock", folder_path);
    if (stat(path, &named) != 0) return errno == ENOENT || errno == ENOTDIR;
    return fstat(lock_fd, &held) == 0 && (named.st_dev != held.st_dev || named.st_ino != held.st_ino);
}

int watch_folder(int watcher) {
    char lock[PATH_MAX];
    snprintf(lock, sizeof lock, "%s/reader.lock", folder_path);
    /* What we hold open has no IN_DELETE_SELF; that it has lost its name is IN_ATTRIB. */
    int is_watched = inotify_add_watch(watcher, folder_path, IN_MOVED_TO | IN_MOVE_SELF) >= 0 &&
                     inotify_add_watch(watcher, lock, IN_ATTRIB | IN_MOVE_SELF) >= 0;
    return is_watched ? 0 : -1;
}

int open_beside(const char *name, const char *end, int flags) {
    char path[NAME_MAX + 32];
    snprintf(path, sizeof path, "%s%s", name, end);
    return openat(folder, path, flags | O_CLOEXEC, 0600);
}

void unlink_beside(const char *name, const char *end) {
    char path[NAME_MAX + 32];
    snprintf(path, sizeof path, "%s%s", name, end);
    unlinkat(folder, path, 0);
}

DIR *list_folder(void) {
    return fdopendir(openat(folder, ".", O_RDONLY | O_CLOEXEC));
}
