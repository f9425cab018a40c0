#define _GNU_SOURCE
#include "pipe-end.h"
#include "../clock.h"
#include "die.h"
#include "line-format.h"

enum {
    BATCH_BYTES = 256 << 10,
    MAX_LINE_BYTES = 16 << 20,
    MAX_SPOOL = MAX_LINE_BYTES + (1 << 20), /* beyond this a pipe is left full: its program waits */
    SHRINK_BYTES = 1 << 20, /* a spool that was written out is emptied from this size on */
    STATE_BYTES = 63,
};

/* How far we are; `batch` is not 0 while the log may hold a part of the next so many bytes of the spool. */
static void note_state(struct pipe_end *end, long long log_size, long long batch) {
    char text[STATE_BYTES + 1];
    snprintf(text, sizeof text, "%020lld %020lld %020lld\n", end->written, log_size, batch);
    /* Nothing may go on before this is written; on most file systems it needs no new room. */
    while (pwrite(end->state, text, STATE_BYTES, 0) != STATE_BYTES) pause_ms(RETRY_MS);
}

void recover(struct pipe_end *end) {
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

/* Takes what is in the pipe, up to the bound. 0 when nobody can write to it any more. */
static int take(struct pipe_end *end) {
    while (end->taken - end->written < MAX_SPOOL) {
        loff_t at = end->taken;
        ssize_t n = splice(end->fifo, NULL, end->spool, &at, 1 << 20, SPLICE_F_NONBLOCK);
        if (n == 0) return 0;
        if (n < 0) {
            if (errno != EAGAIN && errno != EINTR) end->stuck = 1;
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

void carry(struct pipe_end *end) {
    end->stuck = 0;
    for (;;) {
        long long before = end->taken;
        if (!take(end)) end->ended = 1;
        if (!write_out(end)) end->stuck = 1;
        shrink_spool(end);
        if (end->stuck || end->taken == before) break;
    }
}
