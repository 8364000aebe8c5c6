/* Memory for large arrays. */
#ifndef DATA_MEMORY_H
#define DATA_MEMORY_H

#include <stddef.h>

/* At least `bytes`, not set to anything, at a multiple of 64; the caller frees. From 2 MiB on in
 * huge pages where the system gives them: they come, and are looked up, in a fraction of the time
 * that many small ones take; what is never touched costs nothing, to one page. NULL: there is none.
 */
void *memory_large(size_t bytes);

/* From now on what was freed of blocks of 2 MiB and more goes back to the system, always: malloc
 * would keep up to 32 MiB of them each, between others, once one had been freed. (Reviewing a
 * million photos took 294 MB with it, 382 without.) For the beginning of a program. */
void memory_give_back(void);

#endif
