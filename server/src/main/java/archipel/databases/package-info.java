/**
 * The endpoints of a database as a whole: making, describing and deleting it, its settings and its upkeep, lists of its
 * documents, and what is written, read and compared in bulk.
 */
@NullMarked
package archipel.databases;

import org.jspecify.annotations.NullMarked;
