//! Small languages of tag rules, one file each: expressions, dates, patterns, versions, lists, label order.
