import * as z from 'zod';

// A schema is used a few times in a process, if at all: to compile it takes longer than it saves.
z.config({ jitless: true });
