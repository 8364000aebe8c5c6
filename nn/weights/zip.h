/* ZIP archives in memory, of stored (uncompressed) entries only, as torch.save writes them. */
#ifndef NN_WEIGHTS_ZIP_H
#define NN_WEIGHTS_ZIP_H

#include <stddef.h>

struct status;

enum { ZIP_MAX_ENTRIES = 100000 };

/* Both point into the archive; the name has no NUL behind it. */
struct zip_entry {
    const char *name;
    size_t name_length;
    const unsigned char *bytes;
    size_t size;
};

/* Sorted by name. */
struct zip {
    struct zip_entry *entries;
    size_t count;
};

/* Lists the entries. Every offset and size is checked against the archive before it is used; the
 * directory at its end, with its zip64 records, must agree with the headers before each entry. An
 * entry that is compressed, encrypted or there twice is an error. Checksums are not compared:
 * PyTorch does not either, and torch.serialization.set_crc32_options(False) saves files without.
 * Allocates some 32 bytes an entry, of which the archive has at least 76 bytes each. The archive
 * must outlive `zip`. */
int zip_open(const unsigned char *bytes, size_t size, const char *file, struct zip *zip,
             struct status *st);
void zip_close(struct zip *zip);

/* NULL when there is none. */
const struct zip_entry *zip_find(const struct zip *zip, const char *name, size_t length);

#endif
