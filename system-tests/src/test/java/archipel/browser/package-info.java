/**
 * A real browser: PouchDB in a page of another origin than the node's, and what CORS, cookies and Blobs make of it; and
 * CouchDB's console, Fauxton.
 */
@NullMarked
package archipel.browser;

import org.jspecify.annotations.NullMarked;
