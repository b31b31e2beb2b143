/**
 * The clients people use, as they are, against a node: PouchDB and nano in Node. The scripts are in {@code
 * system-tests/node}; what they need is installed by the tests themselves.
 */
@NullMarked
package archipel.conformance;

import org.jspecify.annotations.NullMarked;
