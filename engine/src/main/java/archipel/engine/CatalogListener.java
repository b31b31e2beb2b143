package archipel.engine;

/**
 * Told what rounds did to the catalogs, in their order, on one thread at a time, which all writers wait for: neither
 * writes, waits, nor fails by what is on the disk.
 */
interface CatalogListener {
    /** To the system group's. */
    void publish(SystemCatalog.Changes round);

    /** To a group's. */
    void publish(Catalog.Changes round);
}
