/* Lines as objects of JSON. */
#ifndef OPM_JSON_H
#define OPM_JSON_H

#include "spec.h"
#include "text.h"

/* What is no UTF-8 has no JSON text: its bytes stand beside it. */
void append_object(struct text *text, const struct spec *spec, const struct text *time, const char *line, size_t size);

#endif
