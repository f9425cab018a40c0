#define _GNU_SOURCE
#include "channels.h"
#include "../clock.h"
#include "exit.h"
#include "run-file.h"
#include <fcntl.h>
#include <stddef.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { SIGN_PAUSE_MS = 100 }; /* between two signs of life that are shown */

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

void open_channels(const struct options *o) {
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

int give_channels(const struct options *o) {
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

void close_theirs(void) {
    if (messages.theirs >= 0) close(messages.theirs);
    if (lines.theirs >= 0) close(lines.theirs);
}

static void become_ready(void) {
    if (is_ready) return;
    is_ready = 1;
    note("ready %lld\n", now_ms(CLOCK_REALTIME));
}

static void show_life(void) {
    static long long shown;
    long long now = now_ms(CLOCK_MONOTONIC);
    if (shown != 0 && now - shown < SIGN_PAUSE_MS) return;
    shown = now;
    touch_run_file();
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

void watch_channels(struct pollfd fds[CHANNELS]) {
    /* poll(2) passes over what is negative. */
    const int ours[CHANNELS] = {messages.ours, lines.ours, notices.ours};
    for (int i = 0; i < CHANNELS; i++) fds[i] = (struct pollfd){ours[i], POLLIN, 0};
}

void hear(const struct options *o) {
    if (messages.ours >= 0) read_lines(o, &messages);
    if (lines.ours >= 0) read_lines(o, &lines);
    if (notices.ours >= 0) read_notifications(o);
}

void ask_to_shut_down(void) {
    static const char text[] = "\"shutdown\"\n";
    if (messages.ours >= 0 && send(messages.ours, text, sizeof text - 1, MSG_NOSIGNAL) < 0) errno = 0;
}
