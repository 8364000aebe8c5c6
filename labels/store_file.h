/* SQLite files, for the store and the leases. Any thread. */
#ifndef LABELS_STORE_FILE_H
#define LABELS_STORE_FILE_H

#include <sqlite3.h>

/* Opens one for a single thread; nothing in its schema may call what it should not, for the file
 * may come from elsewhere. Returns SQLite's code; the caller closes *db whatever that is. *db NULL:
 * out of memory. */
int store_file_open(const char *path, int flags, sqlite3 **db);
/* A column of text; "" where it is NULL. Valid until the statement goes on. */
const char *store_text(sqlite3_stmt *row, int column);
/* The file and what SQLite keeps beside it. */
void store_file_remove(const char *path);

#endif
