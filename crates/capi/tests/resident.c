/* Linked into the programs that LeakSanitizer watches: it names a library only as long as that is loaded, and what a driver
 * leaks could not be told from what we leak. */
int dlclose(void *library);

int dlclose(void *library)
{
    (void)library;
    return 0;
}
