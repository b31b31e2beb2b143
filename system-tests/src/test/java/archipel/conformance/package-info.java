/**
 * The clients people use, as they are, against a node: PouchDB, nano, RxDB, Cloudant's client, couchbackup and
 * couchimport in Node, directly and through the proxies of {@code docs/proxies}. The scripts are in {@code
 * system-tests/node}; what they need is installed by the tests themselves.
 */
@NullMarked
package archipel.conformance;

import org.jspecify.annotations.NullMarked;
