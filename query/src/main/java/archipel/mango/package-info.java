/**
 * Mango: CouchDB's declarative queries. {@link archipel.mango.Selector} is a compiled condition on documents; it looks
 * at values alone, so it serves a changes feed's {@code _selector} filter as well as queries. {@link
 * archipel.mango.Finder} answers queries over a reader: {@code Planner} chooses an index that design documents define
 * ({@link archipel.mango.IndexCatalog}) and the ranges of its keys, {@code FindExecutor} walks there. Where an index
 * comes from is the caller's affair ({@link archipel.mango.IndexOpener}); what it is made of says {@link
 * archipel.mango.FieldIndexDefinition}.
 */
@NullMarked
package archipel.mango;

import org.jspecify.annotations.NullMarked;
