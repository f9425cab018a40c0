#include "text.h"
#include <stdlib.h>
#include <string.h>

void reserve(struct text *text, size_t size) {
    if (text->size + size <= text->room) return;
    text->room = (text->size + size) * 2;
    text->bytes = realloc(text->bytes, text->room);
    if (!text->bytes) abort();
}

void append(struct text *text, const char *bytes, size_t size) {
    reserve(text, size);
    memcpy(text->bytes + text->size, bytes, size);
    text->size += size;
}

void append_string(struct text *text, const char *string) {
    append(text, string, strlen(string));
}
