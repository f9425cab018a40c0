#define _GNU_SOURCE
#include "tree.h"
#include "exit.h"
#include "proc.h"
#include <dirent.h>
#include <signal.h>
#include <unistd.h>

/*
 * Whether a process that came to this subreaper is somebody else's: of another run, whose daemon was started
 * from inside this one and has died, or such a daemon itself, which says so and carries no run's mark.
 */
static int is_foreign(pid_t pid) {
    static char text[262144];
    static const char mark[] = "OPM_SPAWN_KEY=";
    const char *own = getenv("OPM_SPAWN_KEY");
    ssize_t size = environment(pid, text, sizeof text);
    int daemon = 0;
    for (ssize_t at = 0; at < size; at += (ssize_t)strlen(text + at) + 1) {
        const char *value = text + at + sizeof mark - 1;
        if (strncmp(text + at, mark, sizeof mark - 1) == 0 && strchr(value, '#'))
            return !own || strcmp(value, own) != 0;
        if (strncmp(text + at, "OPM_DAEMON=", 11) == 0) daemon = 1;
    }
    return daemon;
}

/*
 * Every living descendant, except what is foreign and what is below that; the caller frees the list. Counts the
 * foreign children too.
 */
static size_t living_tree(pid_t **list, size_t *foreign) {
    struct entry { pid_t pid, ppid; int alive, mine; } *all = NULL;
    size_t count = 0, room = 0, found = 0;
    DIR *proc = opendir("/proc");
    for (struct dirent *e; proc && (e = readdir(proc));) {
        struct stat_line line;
        pid_t pid = (pid_t)atoi(e->d_name);
        if (pid <= 0 || read_stat(pid, &line) != 0) continue;
        if (count == room) {
            all = realloc(all, (room = room ? room * 2 : 256) * sizeof *all);
            if (!all) die("memory");
        }
        all[count++] = (struct entry){pid, line.ppid, is_alive(&line), 0};
    }
    if (proc) closedir(proc);
    pid_t self = getpid();
    for (int grown = 1; grown;) {
        grown = 0;
        for (size_t i = 0; i < count; i++) {
            if (all[i].mine) continue;
            int below = all[i].ppid == self;
            for (size_t j = 0; !below && j < count; j++)
                below = all[j].mine == 1 && all[j].pid == all[i].ppid;
            if (!below) continue;
            all[i].mine = is_foreign(all[i].pid) ? 2 : 1;
            grown = 1;
        }
    }
    *list = calloc(count + 1, sizeof **list);
    *foreign = 0;
    for (size_t i = 0; *list && i < count; i++) {
        if (all[i].mine == 1 && all[i].alive) (*list)[found++] = all[i].pid;
        if (all[i].mine == 2 && all[i].alive && all[i].ppid == self) (*foreign)++;
    }
    free(all);
    return found;
}

size_t signal_tree(int signal, size_t *foreign) {
    pid_t *list;
    size_t count = living_tree(&list, foreign);
    for (size_t i = 0; i < count; i++) kill(list[i], signal);
    free(list);
    return count;
}

void kill_children(void) {
    char path[64];
    static char text[65536];
    snprintf(path, sizeof path, "/proc/self/task/%d/children", (int)getpid());
    if (slurp(path, text, sizeof text) <= 0) return;
    char *at = text;
    /* A space ends each: a number that was cut off at the end of the text is another process's. */
    for (pid_t pid; (pid = (pid_t)strtol(at, &at, 10)) > 0 && *at == ' ';)
        if (!is_foreign(pid)) kill(pid, SIGKILL);
}
