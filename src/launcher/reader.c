/*
 * opm-reader: carries what programs write into pipes to their logs, line by line, with times or as JSON.
 *
 *     opm-reader FOLDER     the folder of the pipes of one epoch; ends by itself when there has been none for a while
 *
 * In FOLDER, for each run (KEY) that is read:
 *
 *     KEY.spec                    how to write it, see spec.h; written by the daemon before the launch
 *     KEY.out  KEY.err            pipes; made by the launcher. It and its program hold both ends of them, so nobody
 *                                 else's death breaks them, and a full one makes the program wait
 *     KEY.out.spool  .state       what was taken out of the pipe, and how far it was written to the log
 *
 * Whatever kills it when, no byte is lost or doubled: splice(2) takes bytes out of the pipe into the spool in one
 * system call, which a signal can cut short but not between the two; from there on everything can be repeated. Before
 * a batch is written to the log, the log's size is noted; whoever comes next cuts the log back to it and writes again.
 *
 * There are two of it: one reads, and its child waits for the lock that the kernel releases when the first dies, then
 * reads on and has a child of its own. A child that ends at once is followed by another after a pause, which grows.
 *
 * Both end when FOLDER/reader.lock is no longer the file that they lock: the folder was deleted or replaced, and
 * whoever is started there next would read beside us.
 */
#define _GNU_SOURCE
#include "line-format.h"
#include "log-position.h"
#include <dirent.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>

enum {
    IDLE_MS = 5000,        /* without any pipe it ends after this */
    RETRY_MS = 200,        /* pause after a log could not be written (a full disk) */
    ORPHAN_S = 60,         /* a spec whose pipes never came is a failed launch's */
    MAX_SPOOL = MAX_LINE_BYTES + (1 << 20), /* beyond this a pipe is left full: its program waits */
    SHRINK_BYTES = 1 << 20, /* a spool that was written out is emptied from this size on */
    STATE_BYTES = 63,
    EVENTS = 64,
    SETTLED_MS = 1000, /* a child that lived so long did not end at once */
    MIN_PAUSE_MS = 100,
    MAX_PAUSE_MS = 10000,
    MAX_WAIT_MS = 3600000,
};

/* A log that is written to; several pipes may lead to one. */
struct log {
    char path[LOG_PATH_BYTES];
    int fd, position, users;
    long long begun_ms; /* when the file was made, on the clock on the wall */
    dev_t device;
    ino_t inode;
    struct log *next;
};

struct pipe_end {
    char name[NAME_MAX + 1]; /* KEY.out or KEY.err */
    int fifo, spool, state;
    long long taken, written; /* bytes of the spool: its size, and how many of them are in the log */
    int ended, stuck;
    struct spec spec;
    struct log *log;
    struct pipe_end *next;
};

static int stuck_count, has_missed;
static struct pipe_end *ends;
static struct log *logs;
static int folder, poller, watcher, signals, lock_fd;
static const char *folder_path;
static pid_t standby; /* 0 when there is none */
static long long standby_begun, standby_due, standby_pause; /* on the monotonic clock, in ms */

static void die(const char *what) {
    fprintf(stderr, "opm-reader: %s: %s\n", what, strerror(errno));
    exit(1);
}

static int open_beside(const char *name, const char *end, int flags) {
    char path[NAME_MAX + 32];
    snprintf(path, sizeof path, "%s%s", name, end);
    return openat(folder, path, flags | O_CLOEXEC, 0600);
}

static void unlink_beside(const char *name, const char *end) {
    char path[NAME_MAX + 32];
    snprintf(path, sizeof path, "%s%s", name, end);
    unlinkat(folder, path, 0);
}

static long long size_of(int fd) {
    struct stat s;
    return fstat(fd, &s) == 0 ? s.st_size : 0;
}

/* ---- the log ---------------------------------------------------------------------------------- */

static long long clock_ms(clockid_t clock) {
    struct timespec t;
    clock_gettime(clock, &t);
    return t.tv_sec * 1000LL + t.tv_nsec / 1000000;
}

/* statx(2), which musl does not bring everywhere: its mask comes first, the time of birth stands at byte 80 of 256. */
static long long birth_ms(int fd) {
    enum { BIRTH = 0x800 }; /* STATX_BTIME */
    struct { uint32_t mask, before[19]; int64_t seconds; uint32_t nanoseconds, after[41]; } s;
    if (syscall(SYS_statx, fd, "", AT_EMPTY_PATH, BIRTH, &s) != 0 || !(s.mask & BIRTH))
        return clock_ms(CLOCK_REALTIME);
    return s.seconds * 1000LL + s.nanoseconds / 1000000;
}

static void open_log(struct log *log) {
    /* Opening a pipe that nobody reads any more would keep the logs of others waiting. */
    log->fd = open(log->path, O_WRONLY | O_CREAT | O_APPEND | O_NONBLOCK | O_CLOEXEC, 0600);
    if (log->fd >= 0) fcntl(log->fd, F_SETFL, O_APPEND);
    log->begun_ms = log->fd < 0 ? clock_ms(CLOCK_REALTIME) : birth_ms(log->fd);
    struct stat s = {0};
    if (log->fd >= 0 && fstat(log->fd, &s) == 0) {
        log->device = s.st_dev;
        log->inode = s.st_ino;
    }
}

/* What a reader that was killed while it renamed the log left behind. */
static void recover_rotation(struct log *log) {
    struct log_position at = position_read(log->position);
    if (at.moving == 0 || at.moved > 0) return;
    if (at.moving > size_of(log->fd)) at.base += at.moving;
    at.moving = 0;
    position_write(log->position, &at);
}

static struct log *use_log(const char *path) {
    for (struct log *log = logs; log; log = log->next)
        if (strcmp(log->path, path) == 0) { log->users++; return log; }
    struct log *log = calloc(1, sizeof *log);
    if (!log) die("memory");
    snprintf(log->path, sizeof log->path, "%s", path);
    log->users = 1;
    open_log(log);
    struct stat s;
    int is_file = log->fd >= 0 && fstat(log->fd, &s) == 0 && S_ISREG(s.st_mode);
    log->position = is_file ? position_open(path, O_RDWR | O_CREAT) : -1;
    if (log->position >= 0) recover_rotation(log);
    log->next = logs;
    return logs = log;
}

static void leave_log(struct log *log) {
    if (--log->users > 0) return;
    struct log **at = &logs;
    while (*at != log) at = &(*at)->next;
    *at = log->next;
    if (log->fd >= 0) close(log->fd);
    if (log->position >= 0) close(log->position);
    free(log);
}

/* The places of the stream go on after a file that somebody else took away. */
static void count_lost(struct log *log) {
    if (log->position < 0) return;
    flock(log->position, LOCK_EX);
    struct log_position at = position_read(log->position);
    at.base += size_of(log->fd);
    if (at.moving == 0) position_write(log->position, &at);
    flock(log->position, LOCK_UN);
}

/* Whether the file is still the one that bears the log's name; if not it is opened anew. */
static int reach_log(struct log *log) {
    struct stat s;
    if (log->fd >= 0 && stat(log->path, &s) == 0 && s.st_dev == log->device && s.st_ino == log->inode) return 1;
    if (log->fd >= 0) {
        count_lost(log);
        close(log->fd);
    }
    open_log(log);
    return log->fd >= 0;
}

/* Renames the log; appenders other than us there are none. Called only between two batches. */
static void rotate(struct log *log) {
    if (log->position < 0) return;
    flock(log->position, LOCK_EX);
    struct log_position at = position_read(log->position);
    long long size = size_of(log->fd);
    char name[LOG_PATH_BYTES + 64];
    snprintf(name, sizeof name, "%s.%012lld-%012lld", log->path, at.base, at.base + size);
    at.moving = size;
    if (position_write(log->position, &at) == 0 && rename(log->path, name) == 0) {
        close(log->fd);
        open_log(log);
        at.base += size;
    }
    at.moving = 0;
    position_write(log->position, &at);
    flock(log->position, LOCK_UN);
}

/* How long the log may still go on; -1 for ever. An old one is rotated; one that is empty begins anew. */
static long long keep_young(struct log *log, long long max_age_ms) {
    if (max_age_ms <= 0 || log->fd < 0 || log->position < 0) return -1;
    long long now = clock_ms(CLOCK_REALTIME), left = log->begun_ms + max_age_ms - now;
    if (left > 0) return left;
    if (size_of(log->fd) > 0) rotate(log);
    log->begun_ms = now;
    return max_age_ms;
}

/* ---- from the pipe to the spool, from the spool to the log -------------------------------------- */

/* How far we are; `batch` is not 0 while the log may hold a part of the next so many bytes of the spool. */
static void note_state(struct pipe_end *end, long long log_size, long long batch) {
    char text[STATE_BYTES + 1];
    snprintf(text, sizeof text, "%020lld %020lld %020lld\n", end->written, log_size, batch);
    /* Nothing may go on before this is written; on most file systems it needs no new room. */
    while (pwrite(end->state, text, STATE_BYTES, 0) != STATE_BYTES) usleep(RETRY_MS * 1000);
}

static void recover(struct pipe_end *end) {
    char text[STATE_BYTES + 1] = {0};
    long long log_size = 0, batch = 0;
    end->taken = size_of(end->spool);
    if (pread(end->state, text, STATE_BYTES, 0) == STATE_BYTES)
        sscanf(text, "%lld %lld %lld", &end->written, &log_size, &batch);
    /* The spool was emptied, and that was not noted yet. */
    if (end->written > end->taken) end->written = 0;
    if (batch == 0 || end->log->fd < 0) return;
    if (size_of(end->log->fd) > log_size && ftruncate(end->log->fd, log_size) != 0) die("recover");
    note_state(end, log_size, 0);
}

/* Whether it has to be tried again later: a disk is full. */
static void set_stuck(struct pipe_end *end, int stuck) {
    stuck_count += stuck - end->stuck;
    end->stuck = stuck;
}

/* Takes what is in the pipe, up to the bound. 0 when nobody can write to it any more. */
static int take(struct pipe_end *end) {
    while (end->taken - end->written < MAX_SPOOL) {
        loff_t at = end->taken;
        ssize_t n = splice(end->fifo, NULL, end->spool, &at, 1 << 20, SPLICE_F_NONBLOCK);
        if (n == 0) return 0;
        if (n < 0) {
            if (errno != EAGAIN && errno != EINTR) set_stuck(end, 1);
            return 1;
        }
        end->taken += n;
    }
    return 1;
}

/* How many of these bytes are whole lines; all of them when more will not come or cannot be held. */
static long long whole_lines(const char *bytes, long long size, int is_all) {
    const char *last = memrchr(bytes, '\n', (size_t)size);
    if (last) return last - bytes + 1;
    return is_all ? size : 0;
}

/* The next batch of the spool in `*bytes`; its size, 0 when no line is finished. */
static long long next_batch(struct pipe_end *end, char **bytes) {
    static char *buffer;
    static size_t room = BATCH_BYTES;
    for (;;) {
        if (!buffer && !(buffer = malloc(room))) die("memory");
        long long left = end->taken - end->written;
        long long want = left < (long long)room ? left : (long long)room;
        if (pread(end->spool, buffer, (size_t)want, end->written) != want) die("spool");
        int is_all = (end->ended && want == left) || want >= MAX_LINE_BYTES;
        *bytes = buffer;
        long long size = whole_lines(buffer, want, is_all);
        if (size > 0 || want == left) return size;
        free(buffer);
        buffer = NULL;
        room *= 2;
    }
}

/* Writes what is whole. 0 when the log cannot be written now. */
static int write_out(struct pipe_end *end) {
    for (;;) {
        char *bytes;
        long long size = next_batch(end, &bytes);
        if (size == 0) return 1;
        if (!reach_log(end->log)) return 0;
        long long before = size_of(end->log->fd);
        struct text text = format_lines(&end->spec, bytes, (size_t)size);
        note_state(end, before, size);
        for (size_t done = 0; done < text.size;) {
            ssize_t n = write(end->log->fd, text.bytes + done, text.size - done);
            if (n < 0 && errno == EINTR) continue;
            if (n < 0) {
                if (ftruncate(end->log->fd, before) != 0) errno = 0;
                note_state(end, before, 0);
                return 0;
            }
            done += (size_t)n;
        }
        end->written += size;
        note_state(end, before, 0);
        if (end->spec.max_bytes > 0 && before + (long long)text.size >= end->spec.max_bytes) rotate(end->log);
    }
}

static void shrink_spool(struct pipe_end *end) {
    if (end->written < end->taken || end->taken < SHRINK_BYTES || ftruncate(end->spool, 0) != 0) return;
    end->taken = end->written = 0;
    note_state(end, 0, 0);
}

/* The spec is needed while either pipe is there. */
static void forget_spec(const char *name) {
    char key[NAME_MAX + 1];
    snprintf(key, sizeof key, "%.*s", (int)(strlen(name) - 4), name);
    for (int i = 0; i < 2; i++) {
        int fd = open_beside(key, i ? ".out" : ".err", O_PATH);
        if (fd < 0) continue;
        close(fd);
        return;
    }
    unlink_beside(key, ".spec");
}

static void forget(struct pipe_end *end) {
    struct pipe_end **at = &ends;
    while (*at != end) at = &(*at)->next;
    *at = end->next;
    set_stuck(end, 0);
    unlink_beside(end->name, ".spool");
    unlink_beside(end->name, ".state");
    /* The last: its absence tells the launcher that all is written. */
    unlink_beside(end->name, "");
    forget_spec(end->name);
    close(end->fifo);
    close(end->spool);
    close(end->state);
    leave_log(end->log);
    free(end);
}

static void serve(struct pipe_end *end) {
    set_stuck(end, 0);
    for (;;) {
        long long before = end->taken;
        if (!take(end)) end->ended = 1;
        if (!write_out(end)) set_stuck(end, 1);
        shrink_spool(end);
        if (end->stuck || end->taken == before) break;
    }
    if (end->ended && end->written == end->taken) forget(end);
}

/* ---- what there is to read ---------------------------------------------------------------------- */

static struct pipe_end *known(const char *name) {
    struct pipe_end *end = ends;
    while (end && strcmp(end->name, name) != 0) end = end->next;
    return end;
}

static void begin(const char *name) {
    size_t length = strlen(name);
    if (length < 5 || known(name)) return;
    const char *stream = name + length - 4;
    if (strcmp(stream, ".out") != 0 && strcmp(stream, ".err") != 0) return;
    struct pipe_end *end = calloc(1, sizeof *end);
    if (!end) die("memory");
    snprintf(end->name, sizeof end->name, "%s", name);
    char spec[NAME_MAX + 1];
    snprintf(spec, sizeof spec, "%.*s.spec", (int)(length - 4), name);
    int fd = openat(folder, spec, O_RDONLY | O_CLOEXEC);
    int is_read = fd >= 0 && read_spec(fd, stream + 1, &end->spec) == 0;
    if (fd >= 0) close(fd);
    errno = 0;
    end->fifo = open_beside(name, "", O_RDONLY | O_NONBLOCK);
    end->spool = open_beside(name, ".spool", O_RDWR | O_CREAT);
    end->state = open_beside(name, ".state", O_RDWR | O_CREAT);
    if (!is_read || end->fifo < 0 || end->spool < 0 || end->state < 0) {
        has_missed |= errno == ENOSPC;
        if (end->fifo >= 0) close(end->fifo);
        if (end->spool >= 0) close(end->spool);
        if (end->state >= 0) close(end->state);
        free(end);
        return;
    }
    end->log = use_log(end->spec.path);
    end->next = ends;
    ends = end;
    recover(end);
    struct epoll_event event = {.events = EPOLLIN | EPOLLET, .data.ptr = end};
    if (epoll_ctl(poller, EPOLL_CTL_ADD, end->fifo, &event) != 0) die("poll");
}

/* The limits of a log that is read already, when its spec was replaced. */
static void renew_limits(const char *spec) {
    size_t length = strlen(spec);
    if (length < 6 || strcmp(spec + length - 5, ".spec") != 0) return;
    for (struct pipe_end *end = ends; end; end = end->next) {
        if (strlen(end->name) != length - 1 || strncmp(end->name, spec, length - 5) != 0) continue;
        struct spec renewed = {0};
        int fd = openat(folder, spec, O_RDONLY | O_CLOEXEC);
        if (fd >= 0 && read_spec(fd, end->spec.stream, &renewed) == 0) {
            end->spec.max_bytes = renewed.max_bytes;
            end->spec.max_age_ms = renewed.max_age_ms;
        }
        if (fd >= 0) close(fd);
    }
}

/* Specs of launches that failed, or whose pipes were read to the end. Answers how many others there are. */
static int sweep_specs(void) {
    int left = 0;
    DIR *dir = fdopendir(openat(folder, ".", O_RDONLY | O_CLOEXEC));
    for (struct dirent *e; dir && (e = readdir(dir));) {
        size_t length = strlen(e->d_name);
        if (length < 6 || strcmp(e->d_name + length - 5, ".spec") != 0) continue;
        char key[NAME_MAX + 1];
        snprintf(key, sizeof key, "%.*s", (int)(length - 5), e->d_name);
        int out = open_beside(key, ".out", O_PATH), err = open_beside(key, ".err", O_PATH);
        int is_used = out >= 0 || err >= 0;
        if (out >= 0) close(out);
        if (err >= 0) close(err);
        struct stat s;
        int is_young = fstatat(folder, e->d_name, &s, 0) == 0 && time(NULL) - s.st_mtime < ORPHAN_S;
        if (is_used || is_young) left++;
        else unlinkat(folder, e->d_name, 0);
    }
    if (dir) closedir(dir);
    return left;
}

/* Takes up every pipe of the folder. */
static void scan(void) {
    DIR *dir = fdopendir(openat(folder, ".", O_RDONLY | O_CLOEXEC));
    for (struct dirent *e; dir && (e = readdir(dir));) begin(e->d_name);
    if (dir) closedir(dir);
    for (struct pipe_end *end = ends, *next; end; end = next) {
        next = end->next;
        serve(end);
    }
}

/* ---- two of it -------------------------------------------------------------------------------- */

static void read_on(void);

static long long now_ms(void) { return clock_ms(CLOCK_MONOTONIC); }

static int is_lock_gone(void) {
    char path[PATH_MAX];
    struct stat named, held;
    snprintf(path, sizeof path, "%s/reader.lock", folder_path);
    if (stat(path, &named) != 0) return errno == ENOENT || errno == ENOTDIR;
    return fstat(lock_fd, &held) == 0 && (named.st_dev != held.st_dev || named.st_ino != held.st_ino);
}

/* When the next child may be had, after one has ended or could not be made. */
static void miss_standby(void) {
    standby = 0;
    long long now = now_ms();
    if (now - standby_begun >= SETTLED_MS) standby_pause = 0;
    standby_due = now + standby_pause;
    standby_pause = standby_pause == 0 ? MIN_PAUSE_MS : standby_pause * 2;
    if (standby_pause > MAX_PAUSE_MS) standby_pause = MAX_PAUSE_MS;
}

/* The child that takes over. It must hold nothing of ours, neither our lock nor the ends of pipes. */
static void have_standby(void) {
    standby_begun = now_ms();
    pid_t child = fork();
    if (child < 0) miss_standby();
    else standby = child;
    if (child != 0) return;
    syscall(SYS_close_range, 3U, ~0U, 0U);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    folder = open(folder_path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    lock_fd = folder < 0 ? -1 : openat(folder, "reader.lock", O_RDWR | O_CLOEXEC);
    if (lock_fd < 0) exit(0);
    while (flock(lock_fd, LOCK_EX) != 0) if (errno != EINTR) exit(1);
    if (is_lock_gone()) exit(0);
    ends = NULL;
    logs = NULL;
    stuck_count = 0;
    standby_pause = 0;
    read_on();
    exit(0);
}

static void stop_standby(void) {
    if (standby <= 0) return;
    kill(standby, SIGKILL);
    waitpid(standby, NULL, 0);
    standby = 0;
}

static void end_if_gone(void) {
    if (!is_lock_gone()) return;
    stop_standby();
    exit(0);
}

/*
 * Ends when there is nothing to read. Whoever wants a reader writes a spec first and tries the lock then: either it
 * gets the lock that is free by now, or we see its spec.
 */
static int may_end(void) {
    if (ends || sweep_specs() > 0) return 0;
    stop_standby();
    flock(lock_fd, LOCK_UN);
    if (sweep_specs() == 0) return 1;
    if (flock(lock_fd, LOCK_EX | LOCK_NB) != 0) return 1;
    have_standby();
    return 0;
}

static void hear_signals(void) {
    struct signalfd_siginfo info;
    while (read(signals, &info, sizeof info) == (ssize_t)sizeof info) {
        if (info.ssi_signo == SIGUSR2)
            for (struct log *log = logs; log; log = log->next) {
                if (log->fd >= 0) close(log->fd);
                open_log(log);
            }
        if (info.ssi_signo == SIGCHLD && standby > 0 && waitpid(standby, NULL, WNOHANG) == standby) {
            end_if_gone();
            miss_standby();
        }
    }
}

static void hear_folder(void) {
    static char buffer[16384] __attribute__((aligned(__alignof__(struct inotify_event))));
    int found = 0;
    for (ssize_t n; (n = read(watcher, buffer, sizeof buffer)) > 0;)
        for (char *at = buffer; at < buffer + n;) {
            struct inotify_event *event = (struct inotify_event *)at;
            /* What we hold open has no IN_DELETE_SELF; that it has lost its name is IN_ATTRIB. */
            if (event->mask & IN_MOVED_TO) {
                renew_limits(event->name);
                found = 1;
            } else end_if_gone();
            at += sizeof *event + event->len;
        }
    if (found) scan();
}

static void watch_folder(void) {
    char lock[PATH_MAX];
    snprintf(lock, sizeof lock, "%s/reader.lock", folder_path);
    int is_watched = inotify_add_watch(watcher, folder_path, IN_MOVED_TO | IN_MOVE_SELF) >= 0 &&
                     inotify_add_watch(watcher, lock, IN_ATTRIB | IN_MOVE_SELF) >= 0;
    if (is_lock_gone()) exit(0);
    if (!is_watched) die("watch");
}

static long long sooner(long long a, long long b) { return a < 0 || (b >= 0 && b < a) ? b : a; }

/* How long to wait for events: until somebody has to be tried again, or a log is old. */
static int wait_ms(int is_stuck) {
    long long wait = is_stuck ? RETRY_MS : ends ? -1 : IDLE_MS;
    for (struct pipe_end *end = ends; end; end = end->next)
        wait = sooner(wait, keep_young(end->log, end->spec.max_age_ms));
    if (standby <= 0) {
        long long left = standby_due - now_ms();
        wait = sooner(wait, left < 0 ? 0 : left);
    }
    return wait > MAX_WAIT_MS ? MAX_WAIT_MS : (int)wait;
}

static void read_on(void) {
    sigset_t heard;
    sigemptyset(&heard);
    sigaddset(&heard, SIGCHLD);
    sigaddset(&heard, SIGUSR2);
    sigprocmask(SIG_BLOCK, &heard, NULL);
    signals = signalfd(-1, &heard, SFD_CLOEXEC | SFD_NONBLOCK);
    poller = epoll_create1(EPOLL_CLOEXEC);
    watcher = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
    if (signals < 0 || poller < 0 || watcher < 0) die("start");
    watch_folder();
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = &watcher};
    if (epoll_ctl(poller, EPOLL_CTL_ADD, watcher, &event) != 0) die("poll");
    event.data.ptr = &signals;
    if (epoll_ctl(poller, EPOLL_CTL_ADD, signals, &event) != 0) die("poll");
    have_standby();
    scan();
    for (;;) {
        int is_stuck = stuck_count > 0 || has_missed;
        struct epoll_event events[EVENTS];
        int n = epoll_wait(poller, events, EVENTS, wait_ms(is_stuck));
        if (n == 0 && !is_stuck && may_end()) return;
        int is_news = 0;
        for (int i = 0; i < n; i++) {
            if (events[i].data.ptr == &signals) hear_signals();
            else if (events[i].data.ptr == &watcher) is_news = 1;
            else serve(events[i].data.ptr);
        }
        if (is_news) hear_folder();
        if (standby == 0 && now_ms() >= standby_due) have_standby();
        if (has_missed) {
            has_missed = 0;
            scan();
        }
        for (struct pipe_end *end = ends, *next; is_stuck && end; end = next) {
            next = end->next;
            if (end->stuck) serve(end);
        }
    }
}

int main(int argc, char **argv) {
    if (argc != 2) {
        fprintf(stderr, "usage: opm-reader FOLDER\n");
        return 2;
    }
    folder_path = argv[1];
    prctl(PR_SET_NAME, "opm-reader");
    signal(SIGHUP, SIG_IGN);
    signal(SIGINT, SIG_IGN);
    signal(SIGPIPE, SIG_IGN);
    setsid();
    folder = open(folder_path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    lock_fd = folder < 0 ? -1 : openat(folder, "reader.lock", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (lock_fd < 0) die(folder_path);
    /* Somebody reads already. */
    if (flock(lock_fd, LOCK_EX | LOCK_NB) != 0) return 0;
    read_on();
    return 0;
}
