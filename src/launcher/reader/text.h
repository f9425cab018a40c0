/* Bytes that grow. */
#ifndef OPM_TEXT_H
#define OPM_TEXT_H

#include <stddef.h>

/* The room is kept for the next bytes. */
struct text {
    char *bytes;
    size_t size, room;
};

/* Sees to room for so many more bytes. */
void reserve(struct text *text, size_t size);
void append(struct text *text, const char *bytes, size_t size);
void append_string(struct text *text, const char *string);

#endif
