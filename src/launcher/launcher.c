/*
 * opm-launcher: runs one program at most once and writes down how it ended.
 *
 * It takes the slot's lock and claims its run file, both through the kernel; only then does it run the
 * program, as its child and in a session of its own. As child subreaper it inherits whatever the
 * program leaves behind, so it knows when nothing of the tree is alive. README.md has the contract.
 */
#define _GNU_SOURCE
#include "log-position.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { REFUSED = 97, BROKEN = 98 };
enum { LOCK_TRIES = 200, LOCK_PAUSE_MS = 5, RESERVED_BYTES = 4096, KILL_PAUSE_MS = 50, QUIET_LOOKS = 3 };
enum { DRAIN_MS = 10000, DRAIN_PAUSE_MS = 2, PIPE_BYTES = 1 << 20 };
enum { MAX_GROUPS = 1024 };
enum { SIGN_PAUSE_MS = 100 }; /* between two signs of life that are shown */
enum { CLEAR_FD = 64 }; /* above what a program is given by number */

struct options {
    const char *lock, *run, *name, *out, *err, *pipe_out, *pipe_err, *cgroup, *ready, *alive, *groups;
    int kill_signal, leave_tree, messages;
    long kill_timeout_ms;
    long umask, nice, uid, gid, nofile, core; /* -1: leave as it is */
    int has_nice;
    char **program;
};

/* What the child tells its launcher when it could not become the program. */
struct failure {
    char stage[8];
    int number;
};

static void die(const char *what) {
    fprintf(stderr, "opm-launcher: %s: %s\n", what, strerror(errno));
    exit(BROKEN);
}

static long now_ms(clockid_t clock) {
    struct timespec t;
    clock_gettime(clock, &t);
    return t.tv_sec * 1000L + t.tv_nsec / 1000000L;
}

static void pause_ms(long ms) {
    struct timespec t = {ms / 1000, ms % 1000 * 1000000L};
    nanosleep(&t, NULL);
}

/* ---- options ---------------------------------------------------------------------------------- */

static long number(const char *text, int base) {
    char *end;
    errno = 0;
    long value = strtol(text, &end, base);
    if (errno || *end || end == text) {
        fprintf(stderr, "opm-launcher: \"%s\" is not a number\n", text);
        exit(BROKEN);
    }
    return value;
}

static struct options parse(int argc, char **argv) {
    struct options o = {.kill_signal = SIGTERM, .kill_timeout_ms = 5000, .umask = -1, .uid = -1,
                        .gid = -1, .nofile = -1, .core = -1, .name = "-"};
    struct { const char *flag, **text; long *number; } table[] = {
        {"--lock", &o.lock, 0}, {"--run", &o.run, 0}, {"--name", &o.name, 0}, {"--out", &o.out, 0},
        {"--err", &o.err, 0}, {"--pipe-out", &o.pipe_out, 0}, {"--pipe-err", &o.pipe_err, 0},
        {"--cgroup", &o.cgroup, 0},
        {"--ready", &o.ready, 0}, {"--alive", &o.alive, 0}, {"--groups", &o.groups, 0}, {"--kill-timeout", 0, &o.kill_timeout_ms},
        {"--uid", 0, &o.uid}, {"--gid", 0, &o.gid}, {"--nofile", 0, &o.nofile}, {"--core", 0, &o.core},
    };
    int i = 1;
    for (; i < argc && strcmp(argv[i], "--") != 0; i++) {
        if (strcmp(argv[i], "--leave-tree") == 0) { o.leave_tree = 1; continue; }
        if (strcmp(argv[i], "--messages") == 0) { o.messages = 1; continue; }
        if (i + 1 >= argc) { errno = EINVAL; die(argv[i]); }
        const char *flag = argv[i], *value = argv[++i];
        if (strcmp(flag, "--kill-signal") == 0) { o.kill_signal = (int)number(value, 10); continue; }
        if (strcmp(flag, "--umask") == 0) { o.umask = number(value, 8); continue; }
        if (strcmp(flag, "--nice") == 0) { o.nice = number(value, 10); o.has_nice = 1; continue; }
        size_t k = 0, n = sizeof table / sizeof *table;
        while (k < n && strcmp(table[k].flag, flag) != 0) k++;
        if (k == n) { errno = EINVAL; die(flag); }
        if (table[k].text) *table[k].text = value; else *table[k].number = number(value, 10);
    }
    if (!o.lock || !o.run || i + 1 >= argc) {
        fprintf(stderr, "usage: opm-launcher --lock FILE --run FILE [OPTION ...] -- PROGRAM [ARG ...]\n");
        exit(BROKEN);
    }
    o.program = argv + i + 1;
    return o;
}

/*
 * Moves everything out of the argument area and leaves only a label there: people count their
 * programs by command line, and a launcher must not be counted as one of them.
 */
static void hide_arguments(struct options *o, int argc, char **argv) {
    const char **texts[] = {&o->lock, &o->run, &o->name, &o->out, &o->err, &o->pipe_out, &o->pipe_err,
                            &o->cgroup, &o->ready, &o->alive, &o->groups};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        if (*texts[i]) *texts[i] = strdup(*texts[i]);
    size_t count = 0;
    while (o->program[count]) count++;
    char **copy = calloc(count + 1, sizeof *copy);
    for (size_t i = 0; copy && i < count; i++) copy[i] = strdup(o->program[i]);
    if (!copy) die("memory");
    o->program = copy;
    size_t room = (size_t)(argv[argc - 1] + strlen(argv[argc - 1]) - argv[0]);
    char *area = argv[0];
    memset(area, 0, room);
    snprintf(area, room, "opm-launcher %s", o->name);
    prctl(PR_SET_NAME, "opm-launcher");
}

/* ---- /proc ------------------------------------------------------------------------------------ */

/* A bounded read of a small file; returns the bytes read, -1 on error. Always terminates. */
static ssize_t slurp(const char *path, char *buffer, size_t size) {
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return -1;
    size_t used = 0;
    ssize_t n = 0;
    while (used < size - 1 && (n = read(fd, buffer + used, size - 1 - used)) > 0) used += (size_t)n;
    close(fd);
    buffer[used] = 0;
    return n < 0 ? -1 : (ssize_t)used;
}

struct stat_line { pid_t ppid; unsigned long long start; char state; int threads; };

/* proc(5): the command name may hold spaces and parentheses, so fields count from the last ')'. */
static int read_stat(pid_t pid, struct stat_line *line) {
    char path[64], text[1024];
    snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
    if (slurp(path, text, sizeof text) <= 0) return -1;
    char *fields = strrchr(text, ')');
    int ppid;
    if (!fields || sscanf(fields + 1,
            " %c %d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d %d %*d %llu",
            &line->state, &ppid, &line->threads, &line->start) != 4) return -1;
    line->ppid = ppid;
    return 0;
}

static unsigned long long start_ticks(pid_t pid) {
    struct stat_line line = {0};
    return read_stat(pid, &line) == 0 ? line.start : 0;
}

/* Kills by the out-of-memory killer since boot, -1 when unknown (proc(5), /proc/vmstat). */
static long oom_kills(void) {
    static char text[65536];
    if (slurp("/proc/vmstat", text, sizeof text) <= 0) return -1;
    const char *line = strstr(text, "\noom_kill ");
    return line ? atol(line + 10) : -1;
}

/* A zombie whose other threads work on (pthread_exit(3) in `main`) lives. */
static int is_alive(const struct stat_line *line) {
    return (line->state != 'Z' && line->state != 'X') || line->threads > 1;
}

/* The environment that a process was started with; a process without its main thread shows it by another. */
static ssize_t environment(pid_t pid, char *text, size_t size) {
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/environ", (int)pid);
    ssize_t used = slurp(path, text, size);
    if (used >= 0) return used;
    snprintf(path, sizeof path, "/proc/%d/task", (int)pid);
    DIR *tasks = opendir(path);
    for (struct dirent *e; tasks && used < 0 && (e = readdir(tasks));) {
        snprintf(path, sizeof path, "/proc/%d/environ", atoi(e->d_name));
        if (atoi(e->d_name) > 0) used = slurp(path, text, size);
    }
    if (tasks) closedir(tasks);
    return used;
}

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

static size_t signal_tree(int signal, size_t *foreign) {
    pid_t *list;
    size_t count = living_tree(&list, foreign);
    for (size_t i = 0; i < count; i++) kill(list[i], signal);
    free(list);
    return count;
}

/*
 * SIGKILL to the children alone, where the kernel lists them (proc_pid_children(5)). Much quicker than a look at
 * all processes: what forks and ends all the time is a child of this subreaper a moment later, and does not get
 * away. Nobody else reaps them, so each pid is still theirs.
 */
static void kill_children(void) {
    char path[64];
    static char text[65536];
    snprintf(path, sizeof path, "/proc/self/task/%d/children", (int)getpid());
    if (slurp(path, text, sizeof text) <= 0) return;
    char *at = text;
    /* A space ends each: a number that was cut off at the end of the text is another process's. */
    for (pid_t pid; (pid = (pid_t)strtol(at, &at, 10)) > 0 && *at == ' ';)
        if (!is_foreign(pid)) kill(pid, SIGKILL);
}

/* ---- the run file ----------------------------------------------------------------------------- */

static int run_fd = -1;

/* One line, one write(2): a reader sees all of it or ignores an unfinished end. */
__attribute__((format(printf, 1, 2))) static void note(const char *format, ...) {
    char line[256];
    va_list args;
    va_start(args, format);
    int size = vsnprintf(line, sizeof line, format, args);
    va_end(args);
    if (write(run_fd, line, (size_t)size) != size && errno == ENOSPC)
        fprintf(stderr, "opm-launcher: run file: %s\n", strerror(errno));
}

/* Where the run's output begins or ends in the streams of its logs; -1 where there is no such log. */
static void note_output(const struct options *o, const char *which) {
    long long out = o->out ? position_of_end(o->out) : -1, err = o->err ? position_of_end(o->err) : -1;
    note("output %s %lld %lld\n", which, out, err);
}

static int take_slot(const char *path) {
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0) die(path);
    /* A predecessor that is just finishing, or a late one that is about to be refused, holds it briefly. */
    for (int i = 0; flock(fd, LOCK_EX | LOCK_NB) != 0; i++) {
        if (errno != EWOULDBLOCK) die(path);
        if (i == LOCK_TRIES) exit(REFUSED);
        pause_ms(LOCK_PAUSE_MS);
    }
    return fd;
}

static void claim(const char *path) {
    run_fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0600);
    if (run_fd < 0 && errno == EEXIST) exit(REFUSED);
    if (run_fd < 0) die(path);
    /* The last lines must be written even when the disk is full by then. */
    fallocate(run_fd, FALLOC_FL_KEEP_SIZE, 0, RESERVED_BYTES);
    pid_t self = getpid();
    char line[128];
    int size = snprintf(line, sizeof line, "claim %d %llu %ld\n", (int)self, start_ticks(self),
                        now_ms(CLOCK_REALTIME));
    if (write(run_fd, line, (size_t)size) != size) die(path);
}

/* ---- talking with the program ----------------------------------------------------------------- */

/*
 * Channels to the program whose other end is ours, so that no daemon's death closes one.
 *
 * `--messages` is the channel of Node's process.send; over it the program is told to shut down on SIGUSR2.
 * `--ready` says how the program tells that it is ready, `--alive` how it tells again and again that it is well:
 * `message` over that channel, `notify` over the socket of systemd's sd_notify, N over a pipe that it has as descriptor
 * N and writes line feeds to (s6's notification descriptor).
 */
struct channel {
    int ours, theirs;
    char line[16];
    size_t length;
};
static struct channel messages = {-1, -1, "", 0}, notices = {-1, -1, "", 0}, lines = {-1, -1, "", 0};
static int is_ready;

static int is(const char *given, const char *how) { return given && strcmp(given, how) == 0; }
static int tells(const struct options *o, const char *how) { return is(o->ready, how) || is(o->alive, how); }
static int has_messages(const struct options *o) { return o->messages || tells(o, "message"); }
static int is_descriptor(const char *given) { return given && !is(given, "message") && !is(given, "notify"); }
/* The number of the descriptor for both, or NULL. */
static const char *descriptor(const struct options *o) {
    return is_descriptor(o->ready) ? o->ready : is_descriptor(o->alive) ? o->alive : NULL;
}

/* A socket with an abstract name that the kernel chooses, so that nothing is left of it (unix(7)). */
static void open_notify_socket(void) {
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    socklen_t size = sizeof name;
    int on = 1, fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_PASSCRED, &on, sizeof on) != 0 ||
        bind(fd, (struct sockaddr *)&name, sizeof name.sun_family) != 0 ||
        getsockname(fd, (struct sockaddr *)&name, &size) != 0) die("notify socket");
    char text[sizeof name.sun_path + 1] = "@";
    memcpy(text + 1, name.sun_path + 1, size - offsetof(struct sockaddr_un, sun_path) - 1);
    setenv("NOTIFY_SOCKET", text, 1);
    notices.ours = fd;
}

static void keep(struct channel *channel, const int ends[2]) {
    channel->ours = ends[0];
    channel->theirs = ends[1];
}

static void open_channels(const struct options *o) {
    int ends[2];
    if (has_messages(o)) {
        if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) die("channel");
        keep(&messages, ends);
    }
    if (descriptor(o)) {
        if (pipe2(ends, O_CLOEXEC) != 0) die("channel");
        keep(&lines, ends);
    }
    if (tells(o, "notify")) open_notify_socket();
    if (messages.ours >= 0) fcntl(messages.ours, F_SETFL, O_NONBLOCK);
    if (lines.ours >= 0) fcntl(lines.ours, F_SETFL, O_NONBLOCK);
}

/* Gives the program its ends, in the forked child. What stands on the wanted number has been moved away. */
static int give_channels(const struct options *o) {
    if (messages.theirs >= 0) {
        int fd = fcntl(messages.theirs, F_DUPFD, CLEAR_FD);
        char text[16];
        snprintf(text, sizeof text, "%d", fd);
        setenv("NODE_CHANNEL_FD", text, 1);
        setenv("NODE_CHANNEL_SERIALIZATION_MODE", "json", 1);
        if (fd < 0) return fd;
    }
    if (!descriptor(o)) return 0;
    int wanted = (int)number(descriptor(o), 10);
    return wanted == lines.theirs ? fcntl(wanted, F_SETFD, 0) : dup2(lines.theirs, wanted);
}

static void close_theirs(void) {
    if (messages.theirs >= 0) close(messages.theirs);
    if (lines.theirs >= 0) close(lines.theirs);
}

static void become_ready(void) {
    if (is_ready) return;
    is_ready = 1;
    note("ready %ld\n", now_ms(CLOCK_REALTIME));
}

/* A sign of life is a new time of the run file: it takes no room, however often it comes. */
static void show_life(void) {
    static long shown;
    long now = now_ms(CLOCK_MONOTONIC);
    if (shown != 0 && now - shown < SIGN_PAUSE_MS) return;
    shown = now;
    if (futimens(run_fd, NULL) != 0) errno = 0;
}

/* Anybody may write to an abstract socket: only the program's user, ours and root are heard (sd_notify(3)). */
static int is_trusted(struct msghdr *message, const struct options *o) {
    struct cmsghdr *header = CMSG_FIRSTHDR(message);
    if (!header || header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_CREDENTIALS) return 0;
    struct ucred who;
    memcpy(&who, CMSG_DATA(header), sizeof who);
    return who.uid == 0 || who.uid == geteuid() || (o->uid >= 0 && who.uid == (uid_t)o->uid);
}

static void read_notifications(const struct options *o) {
    char text[4096], control[CMSG_SPACE(sizeof(struct ucred))];
    for (;;) {
        struct iovec data = {text, sizeof text - 1};
        struct msghdr message = {.msg_iov = &data, .msg_iovlen = 1,
                                 .msg_control = control, .msg_controllen = sizeof control};
        ssize_t size = recvmsg(notices.ours, &message, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
        if (size < 0) return;
        text[size] = 0;
        if (!is_trusted(&message, o)) continue;
        for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n"))
            if (is(o->ready, "notify") && strcmp(line, "READY=1") == 0) become_ready();
            else if (is(o->alive, "notify") && strcmp(line, "WATCHDOG=1") == 0) show_life();
    }
}

static int said(const struct channel *from, const char *word) {
    return from->length == strlen(word) && memcmp(from->line, word, from->length) == 0;
}

static void take_line(const struct options *o, const struct channel *from) {
    int any = from == &lines;
    if (any ? is_descriptor(o->ready) : is(o->ready, "message") && said(from, "\"ready\"")) become_ready();
    if (any ? is_descriptor(o->alive) : is(o->alive, "message") && said(from, "\"alive\"")) show_life();
}

/* Reads on for as long as the program lives: a full channel would block it. A long line is no word of ours. */
static void read_lines(const struct options *o, struct channel *from) {
    static char buffer[4096];
    ssize_t size;
    while ((size = read(from->ours, buffer, sizeof buffer)) > 0) {
        for (ssize_t i = 0; i < size; i++) {
            if (buffer[i] != '\n') {
                if (from->length < sizeof from->line) from->line[from->length++] = buffer[i];
                continue;
            }
            take_line(o, from);
            from->length = 0;
        }
    }
    if (size == 0 || errno != EAGAIN) {
        close(from->ours);
        from->ours = -1;
    }
}

static void hear(const struct options *o) {
    if (messages.ours >= 0) read_lines(o, &messages);
    if (lines.ours >= 0) read_lines(o, &lines);
    if (notices.ours >= 0) read_notifications(o);
}

static void ask_to_shut_down(void) {
    static const char text[] = "\"shutdown\"\n";
    if (messages.ours >= 0 && send(messages.ours, text, sizeof text - 1, MSG_NOSIGNAL) < 0) errno = 0;
}

/* ---- the program ------------------------------------------------------------------------------ */

static void fail(int fd, const char *stage) {
    struct failure f = {.number = errno};
    snprintf(f.stage, sizeof f.stage, "%s", stage);
    if (write(fd, &f, sizeof f) < 0) _exit(BROKEN);
    _exit(BROKEN);
}

/* A pipe that nobody reads fails with ENXIO instead of keeping us for ever (fifo(7)); to write, the program may wait. */
static void redirect(const char *path, int target, int fd, const char *stage) {
    int file = open(path, O_WRONLY | O_CREAT | O_APPEND | O_NONBLOCK | O_CLOEXEC, 0600);
    if (file < 0 || fcntl(file, F_SETFL, O_APPEND) < 0 || dup2(file, target) < 0) fail(fd, stage);
}

/* ---- pipes to the reader ---------------------------------------------------------------------- */

/*
 * Where lines are to be changed on their way, the program writes into pipes. It and we hold both ends of them: no
 * other process's death breaks them, and what is in them stays until it is read. reader.c has the other side.
 */
static int pipe_out = -1, pipe_err = -1;

/* A named pipe, with both its ends in one descriptor; it gets its name when it can be read. */
static int open_pipe(const char *path) {
    char fresh[4096 + 8];
    snprintf(fresh, sizeof fresh, "%s.new", path);
    unlink(fresh);
    if (mkfifo(fresh, 0600) != 0) return -1;
    int fd = open(fresh, O_RDWR | O_CLOEXEC);
    if (fd < 0 || rename(fresh, path) != 0) return -1;
    fcntl(fd, F_SETPIPE_SZ, PIPE_BYTES);
    int clear = fcntl(fd, F_DUPFD_CLOEXEC, CLEAR_FD);
    close(fd);
    return clear;
}

static int is_one_pipe(const struct options *o) {
    return o->pipe_out && o->pipe_err && strcmp(o->pipe_out, o->pipe_err) == 0;
}

static int open_pipes(const struct options *o) {
    if (o->pipe_out && (pipe_out = open_pipe(o->pipe_out)) < 0) return -1;
    if (!o->pipe_err) return 0;
    pipe_err = is_one_pipe(o) ? fcntl(pipe_out, F_DUPFD_CLOEXEC, CLEAR_FD) : open_pipe(o->pipe_err);
    return pipe_err < 0 ? -1 : 0;
}

/* Waits until all that is in a pipe is in its log: the reader takes the pipe away then. 0 when nobody can tell. */
static int drain(int fd, const char *path, int is_ours_alone) {
    int left = 0;
    long deadline = now_ms(CLOCK_MONOTONIC) + DRAIN_MS;
    if (fd < 0) return 1;
    while (ioctl(fd, FIONREAD, &left) == 0 && left > 0 && now_ms(CLOCK_MONOTONIC) < deadline) pause_ms(DRAIN_PAUSE_MS);
    close(fd);
    while (is_ours_alone && access(path, F_OK) == 0) {
        if (now_ms(CLOCK_MONOTONIC) >= deadline) return 0;
        pause_ms(DRAIN_PAUSE_MS);
    }
    return is_ours_alone;
}

static int drain_pipes(const struct options *o) {
    if (is_one_pipe(o)) {
        close(pipe_err);
        pipe_err = -1;
    }
    int is_out = drain(pipe_out, o->pipe_out, !o->leave_tree);
    return drain(pipe_err, o->pipe_err, !o->leave_tree) && is_out;
}

static void limit(int resource, long value, int fd) {
    struct rlimit r = {(rlim_t)value, (rlim_t)value};
    if (value >= 0 && setrlimit(resource, &r) != 0) fail(fd, "limits");
}

/* Numbers with commas between them; none gives up all groups. */
static int take_groups(const char *text) {
    static gid_t groups[MAX_GROUPS];
    size_t count = 0;
    for (char *at = (char *)text; at && *at && count < MAX_GROUPS; at += *at == ',')
        groups[count++] = (gid_t)strtoul(at, &at, 10);
    return setgroups(count, groups);
}

/* The arguments of clone3(2) up to Linux 5.7, which musl does not bring. */
struct clone_arguments {
    uint64_t flags, pidfd, child_tid, parent_tid, exit_signal, stack, stack_size, tls, set_tid, set_tid_size, cgroup;
};

/* clone3(2) into a cgroup; the child runs or -1. */
static pid_t clone_into(int cgroup) {
    enum { INTO_CGROUP_SHIFT = 33 }; /* CLONE_INTO_CGROUP */
    struct clone_arguments how = {.flags = 1ULL << INTO_CGROUP_SHIFT, .exit_signal = SIGCHLD, .cgroup = (uint64_t)cgroup};
    int born[2];
    char byte = 0;
    if (pipe2(born, O_CLOEXEC) != 0) return -1;
    pid_t pid = (pid_t)syscall(SYS_clone3, &how, sizeof how);
    if (pid == 0 && write(born[1], &byte, 1) != 1) _exit(BROKEN);
    close(born[1]);
    /* Where cgroup.kill was used, Linux 6.14 and later kill the child before its first instruction. */
    if (pid > 0 && read(born[0], &byte, 1) != 1) {
        waitpid(pid, NULL, 0);
        pid = -1;
    }
    close(born[0]);
    return pid;
}

/*
 * fork(2), and the child begins in its cgroup where the kernel can do that (5.7). To move a process there takes it more
 * than 10 ms: it waits until no other process is in the middle of a fork. `is_in` tells whether the child is there.
 */
static pid_t fork_into(const char *cgroup, int *is_in) {
    int folder = cgroup ? open(cgroup, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
    pid_t pid = folder < 0 ? -1 : clone_into(folder);
    if (folder >= 0) close(folder);
    *is_in = pid >= 0;
    return *is_in ? pid : fork();
}

/* Without a cgroup the tree is still known: the launcher is its subreaper. */
static void join_cgroup(const char *cgroup) {
    char path[4096];
    snprintf(path, sizeof path, "%s/cgroup.procs", cgroup);
    int procs = open(path, O_WRONLY | O_CLOEXEC);
    if (procs >= 0 && write(procs, "0", 1) < 0) errno = 0;
}

static void become_program(const struct options *o, int lock, int fd) {
    setsid();
    if (o->ready || o->alive || o->messages) {
        lock = fcntl(lock, F_DUPFD_CLOEXEC, CLEAR_FD);
        fd = fcntl(fd, F_DUPFD_CLOEXEC, CLEAR_FD);
        run_fd = fcntl(run_fd, F_DUPFD_CLOEXEC, CLEAR_FD);
        if (give_channels(o) < 0) fail(fd, "ready");
    }
    for (int s = 1; s < NSIG; s++) signal(s, SIG_DFL);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (null >= 0) dup2(null, STDIN_FILENO);
    if (pipe_err >= 0) dup2(pipe_err, STDERR_FILENO);
    else if (o->err) redirect(o->err, STDERR_FILENO, fd, "err");
    if (pipe_out >= 0) dup2(pipe_out, STDOUT_FILENO);
    else if (o->out) redirect(o->out, STDOUT_FILENO, fd, "out");
    if (o->umask >= 0) umask((mode_t)o->umask);
    limit(RLIMIT_NOFILE, o->nofile, fd);
    limit(RLIMIT_CORE, o->core, fd);
    if (o->has_nice && setpriority(PRIO_PROCESS, 0, (int)o->nice) != 0) fail(fd, "limits");
    if (o->gid >= 0 && (take_groups(o->groups) != 0 || setgid((gid_t)o->gid) != 0)) fail(fd, "user");
    if (o->uid >= 0 && setuid((uid_t)o->uid) != 0) fail(fd, "user");
    /* The slot stays taken while the tree lives, even if the launcher alone is killed. */
    if (!o->leave_tree) fcntl(lock, F_SETFD, 0);
    /* Before it can be anything else: if our launcher is killed now, only this tells who we are. */
    note("child %d %llu %ld\n", (int)getpid(), start_ticks(getpid()), now_ms(CLOCK_REALTIME));
    execvp(o->program[0], o->program);
    fail(fd, "exec");
}

static const char *error_name(int number) {
    static const struct { int number; const char *name; } names[] = {
        {EPERM, "EPERM"}, {ENOENT, "ENOENT"}, {E2BIG, "E2BIG"}, {ENOEXEC, "ENOEXEC"},
        {EAGAIN, "EAGAIN"}, {ENOMEM, "ENOMEM"}, {EACCES, "EACCES"}, {ENOTDIR, "ENOTDIR"},
        {EISDIR, "EISDIR"}, {EINVAL, "EINVAL"}, {EMFILE, "EMFILE"}, {ETXTBSY, "ETXTBSY"},
        {ENOSPC, "ENOSPC"}, {EROFS, "EROFS"}, {ELOOP, "ELOOP"}, {ENAMETOOLONG, "ENAMETOOLONG"},
    };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (names[i].number == number) return names[i].name;
    return "EUNKNOWN";
}

/* Starts the program; 0 when it was executed, else the failure is noted. */
static pid_t start(const struct options *o, int lock) {
    int fds[2];
    if (pipe2(fds, O_CLOEXEC) != 0) die("pipe");
    open_channels(o);
    if (open_pipes(o) != 0) {
        note("fail pipe %d %s %ld\n", errno, error_name(errno), now_ms(CLOCK_REALTIME));
        return 0;
    }
    int is_in_cgroup;
    pid_t pid = fork_into(o->cgroup, &is_in_cgroup);
    if (pid == 0) {
        if (o->cgroup && !is_in_cgroup) join_cgroup(o->cgroup);
        become_program(o, lock, fds[1]);
    }
    struct failure f = {"fork", errno};
    close(fds[1]);
    close_theirs();
    if (pid > 0 && read(fds[0], &f, sizeof f) != (ssize_t)sizeof f) {
        close(fds[0]);
        note("start %d %llu %ld\n", (int)pid, start_ticks(pid), now_ms(CLOCK_REALTIME));
        return pid;
    }
    close(fds[0]);
    note("fail %s %d %s %ld\n", f.stage, f.number, error_name(f.number), now_ms(CLOCK_REALTIME));
    return 0;
}

static void note_exit(int status) {
    long now = now_ms(CLOCK_REALTIME);
    if (WIFSIGNALED(status))
        note("exit signal %d %d %ld\n", WTERMSIG(status), WCOREDUMP(status) ? 1 : 0, now);
    else
        note("exit code %d %ld\n", WEXITSTATUS(status), now);
}

/* Waits for a child that ended or for the deadline (monotonic ms, -1 for none), and hears the program meanwhile. */
static void wait_for_child(const struct options *o, int signals, long deadline) {
    for (;;) {
        long left = deadline < 0 ? -1 : deadline - now_ms(CLOCK_MONOTONIC);
        if (deadline >= 0 && left <= 0) return;
        /* poll(2) passes over what is negative. */
        struct pollfd fds[] = {{signals, POLLIN, 0}, {messages.ours, POLLIN, 0}, {lines.ours, POLLIN, 0},
                               {notices.ours, POLLIN, 0}};
        if (poll(fds, 4, left > INT_MAX ? INT_MAX : (int)left) < 0) return;
        /* The last word of a program that has ended is still in its channel. */
        hear(o);
        struct signalfd_siginfo came;
        if (!fds[0].revents || read(signals, &came, sizeof came) <= 0) continue;
        if (came.ssi_signo == SIGCHLD) return;
        ask_to_shut_down();
    }
}

/*
 * The leader has ended: ends what it left behind, first politely. While a child is left the tree is not empty,
 * whatever a look at /proc finds: it takes time, and what forks and ends meanwhile is not in it. Only foreign
 * children may stay, when nothing else was seen for several looks.
 */
static void end_tree(const struct options *o, int signals) {
    long deadline = now_ms(CLOCK_MONOTONIC) + o->kill_timeout_ms;
    int signal = o->kill_signal;
    for (int quiet_looks = 0; quiet_looks < QUIET_LOOKS;) {
        pid_t reaped;
        while ((reaped = waitpid(-1, NULL, WNOHANG)) > 0) continue;
        if (reaped < 0) return;
        int late = now_ms(CLOCK_MONOTONIC) >= deadline;
        if (late) kill_children();
        size_t foreign, left = signal_tree(late ? SIGKILL : signal, &foreign);
        signal = 0;
        quiet_looks = left == 0 && foreign > 0 ? quiet_looks + 1 : 0;
        long again = left > 0 && !late ? deadline : now_ms(CLOCK_MONOTONIC) + KILL_PAUSE_MS;
        wait_for_child(o, signals, again);
    }
}

static void supervise(const struct options *o, pid_t leader, int signals) {
    for (;;) {
        int status;
        pid_t pid = waitpid(-1, &status, WNOHANG);
        if (pid == 0) { wait_for_child(o, signals, -1); continue; }
        if (pid < 0 && errno == ECHILD) return;
        if (pid != leader) continue;
        hear(o);
        note_exit(status);
        break;
    }
    if (!o->leave_tree) end_tree(o, signals);
}

int main(int argc, char **argv) {
    struct options o = parse(argc, argv);
    hide_arguments(&o, argc, argv);
    if (getsid(0) != getpid()) setsid();
    /* A fenced key is refused before the slot is touched: it may belong to a successor by now. */
    if (access(o.run, F_OK) == 0) exit(REFUSED);
    int lock = take_slot(o.lock);
    claim(o.run);
    if (prctl(PR_SET_CHILD_SUBREAPER, 1) != 0) die("subreaper");

    sigset_t all, heard;
    signal(SIGCHLD, SIG_DFL); /* an inherited SIG_IGN would let children vanish unreaped (wait(2)) */
    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, NULL);
    sigemptyset(&heard);
    sigaddset(&heard, SIGCHLD);
    if (o.messages) sigaddset(&heard, SIGUSR2);
    int signals = signalfd(-1, &heard, SFD_CLOEXEC | SFD_NONBLOCK);
    if (signals < 0) die("signalfd");

    note_output(&o, "from");
    long oom_before = oom_kills();
    pid_t leader = start(&o, lock);
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    for (int fd = 0; null >= 0 && fd <= 2; fd++) dup2(null, fd);
    if (chdir("/") != 0) errno = 0;
    if (leader > 0) supervise(&o, leader, signals);
    while (!o.leave_tree && waitpid(-1, NULL, WNOHANG) > 0) continue;

    struct rusage used;
    getrusage(RUSAGE_CHILDREN, &used);
    long oom_after = oom_before < 0 ? -1 : oom_kills();
    if (drain_pipes(&o)) note_output(&o, "to");
    /* Freed before the last line: whoever reads that line may take the slot at once. */
    close(lock);
    note("empty %ld %ld %ld %ld %ld\n", now_ms(CLOCK_REALTIME),
         used.ru_utime.tv_sec * 1000L + used.ru_utime.tv_usec / 1000,
         used.ru_stime.tv_sec * 1000L + used.ru_stime.tv_usec / 1000, used.ru_maxrss,
         oom_after > oom_before ? oom_after - oom_before : 0);
    return 0;
}
