/* The folder of the pipes of one epoch, and the lock that whoever reads there holds. */
#ifndef OPM_FOLDER_H
#define OPM_FOLDER_H

#include <dirent.h>

/* Opens the folder and its lock, which it makes; -1 when one of them cannot be opened. */
int open_folder(const char *path);

/* The same in a forked child that closed all that its parent had open; it makes no lock. */
int reopen_folder(void);

/* flock(2) of the folder's lock. */
int lock_folder(int operation);

/* Whether the folder or its lock is no longer the one that is open. */
int is_folder_gone(void);

/*
 * Has an inotify(7) descriptor tell what is moved here (IN_MOVED_TO), and by any other event that the folder may be gone.
 * -1 when it cannot.
 */
int watch_folder(int watcher);

/* Opens or unlinks the file that is called `name` and then `end`. */
int open_beside(const char *name, const char *end, int flags);
void unlink_beside(const char *name, const char *end);

/* The folder's entries from the first on, NULL when it cannot be read; the caller closes it. */
DIR *list_folder(void);

#endif
