/**
 * Map functions that are evaluated without a JavaScript engine: those written in a small part of the language, whose
 * meaning is simple enough to be had exactly. Most views are such functions. An engine takes seconds to load and to get
 * fast, and some 200 MiB; these need neither.
 *
 * <p>Nothing here is approximate. What the parser does not know makes a function none of these; what the evaluator does
 * not know of a value, where it meets it, leaves that document to the engine ({@link
 * archipel.direct.NotDirectException}).
 */
@NullMarked
package archipel.direct;

import org.jspecify.annotations.NullMarked;
