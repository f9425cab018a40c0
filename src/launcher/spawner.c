/*
 * opm-spawner: starts launchers for the daemon, so that a large process need not fork.
 *
 * Reads requests from stdin and answers on stdout until stdin ends; what it started lives on. README.md
 * has the protocol.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

enum { BROKEN = 98, MAX_REQUEST = 16 << 20, TAG_BYTES = 128 };

/* Children that have not ended, for the tag of their last word. */
struct child {
    pid_t pid;
    char tag[TAG_BYTES];
};
static struct child *children;
static size_t child_count, child_room;

static void broken(const char *what) {
    fprintf(stderr, "opm-spawner: %s\n", what);
    exit(BROKEN);
}

/*
 * A line to the daemon. Blocks while the pipe is full: the daemon reads it in its event loop, and when it
 * dies the write fails and is of no importance any more.
 */
static void say(const char *line, int size) {
    while (size > 0) {
        ssize_t n = write(STDOUT_FILENO, line, (size_t)size);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return;
        line += n;
        size -= (int)n;
    }
}

static void remember(pid_t pid, const char *tag) {
    if (child_count == child_room) {
        child_room = child_room ? child_room * 2 : 64;
        children = realloc(children, child_room * sizeof *children);
        if (!children) broken("memory");
    }
    children[child_count].pid = pid;
    snprintf(children[child_count++].tag, TAG_BYTES, "%s", tag);
}

static void reap(void) {
    int status;
    for (pid_t pid; (pid = waitpid(-1, &status, WNOHANG)) > 0;) {
        for (size_t i = 0; i < child_count; i++) {
            if (children[i].pid != pid) continue;
            char line[TAG_BYTES + 64];
            int code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
            say(line, snprintf(line, sizeof line, "gone %s %d %d\n", children[i].tag, (int)pid, code));
            children[i] = children[--child_count];
            break;
        }
    }
}

/* The next NUL-terminated text of a request. */
static char *text(char **at, char *end) {
    char *start = *at, *stop = memchr(start, 0, (size_t)(end - start));
    if (!stop) broken("malformed request");
    *at = stop + 1;
    return start;
}

/* A list: its length, then its texts; ends with NULL. */
static char **list(char **at, char *end) {
    long count = atol(text(at, end));
    if (count < 0 || count > end - *at) broken("malformed request");
    char **items = calloc((size_t)count + 1, sizeof *items);
    if (!items) broken("memory");
    for (long i = 0; i < count; i++) items[i] = text(at, end);
    return items;
}

static void become(const char *cwd, char **argv, char **env, int fd) {
    setsid();
    for (int s = 1; s < NSIG; s++) signal(s, SIG_DFL);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    for (int target = 0; null >= 0 && target <= 2; target++) dup2(null, target);
    if (chdir(cwd) == 0) execve(argv[0], argv, env);
    int number = errno;
    if (write(fd, &number, sizeof number) < 0) _exit(BROKEN);
    _exit(BROKEN);
}

static void start(char *payload, char *end) {
    char *at = payload;
    const char *tag = text(&at, end), *cwd = text(&at, end);
    char **argv = list(&at, end), **env = list(&at, end);
    int fds[2], number = 0;
    if (pipe2(fds, O_CLOEXEC) != 0) broken("pipe");
    pid_t pid = fork();
    if (pid == 0) become(cwd, argv, env, fds[1]);
    if (pid < 0) number = errno;
    close(fds[1]);
    int failed = pid < 0 || read(fds[0], &number, sizeof number) == (ssize_t)sizeof number;
    close(fds[0]);
    if (failed) {
        char line[TAG_BYTES + 128];
        say(line, snprintf(line, sizeof line, "failed %s %s\n", tag, strerror(number)));
    } else {
        remember(pid, tag);
    }
    free(argv);
    free(env);
}

int main(void) {
    prctl(PR_SET_NAME, "opm-spawner");
    sigset_t blocked;
    sigemptyset(&blocked);
    /* It lives exactly as long as its stdin: signals to the daemon's group must not end it. */
    int ignored[] = {SIGCHLD, SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGPIPE};
    for (size_t i = 0; i < sizeof ignored / sizeof *ignored; i++) sigaddset(&blocked, ignored[i]);
    signal(SIGCHLD, SIG_DFL);
    sigprocmask(SIG_BLOCK, &blocked, NULL);
    sigset_t child_ended;
    sigemptyset(&child_ended);
    sigaddset(&child_ended, SIGCHLD);
    int signals = signalfd(-1, &child_ended, SFD_CLOEXEC | SFD_NONBLOCK);
    if (signals < 0) broken("signalfd");

    char *buffer = NULL;
    size_t used = 0, room = 0;
    for (;;) {
        struct pollfd fds[] = {{STDIN_FILENO, POLLIN, 0}, {signals, POLLIN, 0}};
        if (poll(fds, 2, -1) < 0) continue;
        struct signalfd_siginfo info;
        while (read(signals, &info, sizeof info) > 0) continue;
        reap();
        if (!fds[0].revents) continue;
        if (room - used < 65536) {
            buffer = realloc(buffer, room += 65536);
            if (!buffer) broken("memory");
        }
        ssize_t n = read(STDIN_FILENO, buffer + used, room - used);
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) return 0;
        used += (size_t)n;
        size_t at = 0;
        uint32_t size;
        while (used - at >= sizeof size) {
            memcpy(&size, buffer + at, sizeof size);
            if (size == 0 || size > MAX_REQUEST) broken("malformed request");
            if (used - at < sizeof size + size) break;
            start(buffer + at + sizeof size, buffer + at + sizeof size + size);
            at += sizeof size + size;
        }
        memmove(buffer, buffer + at, used -= at);
    }
}
