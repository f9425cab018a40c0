/* What the command line asks of the launcher; README.md has the options. */
#ifndef OPM_OPTIONS_H
#define OPM_OPTIONS_H

struct options {
    const char *lock, *run, *name, *out, *err, *pipe_out, *pipe_err, *cgroup, *ready, *alive, *groups;
    int kill_signal, leave_tree, messages;
    long kill_timeout_ms;
    long umask, nice, uid, gid, nofile, core; /* -1: leave as it is */
    int has_nice;
    char **program;
};

/* Descriptors from here on are above what a program is given by number. */
enum { CLEAR_FD = 64 };

/* Ends the launcher where the text is no number. */
long number(const char *text, int base);

/* Ends the launcher where the options are wrong. */
struct options parse(int argc, char **argv);

/*
 * Moves everything out of the argument area and leaves only a label there: people count their
 * programs by command line, and a launcher must not be counted as one of them.
 */
void hide_arguments(struct options *o, int argc, char **argv);

#endif
