/**
 * Views: indexes that are made of documents by functions, kept up to date block by block, and read as they stood at any
 * block. This is the only package that sees the JavaScript engine.
 */
@NullMarked
package archipel.view;

import org.jspecify.annotations.NullMarked;
