/* Memory for large arrays. */
#ifndef DATA_MEMORY_H
#define DATA_MEMORY_H

#include <stddef.h>

/* At least `bytes`, not set to anything, at a multiple of 64; the caller frees. From 2 MiB on in
 * huge pages where the system gives them: they come, and are looked up, in a fraction of the time
 * that many small ones take; what is never touched costs nothing, to one page. NULL: there is none.
 */
void *memory_large(size_t bytes);

#endif
