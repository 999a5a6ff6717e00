// @ts-check
/**
 * The shapes that the platform sends, as far as the page reads them. Types only: nothing runs here.
 *
 * @typedef {import("./language.js").Text} Text
 *
 * @typedef {{key: string, title: Text | string, unit: string, labels?: Record<string, Text>, order?: string[]}} Column One property or table column; `labels` name its values, `order` has them from the least to the most
 *
 * @typedef {object} DatasetColumn
 * @property {string} name
 * @property {string} source_name
 * @property {string} type
 * @property {Text | null} title
 * @property {string} unit
 * @property {Text | null} meaning
 * @property {Record<string, Text>} [labels] What its values are called
 *
 * @typedef {object} Lineage
 * @property {string} source_name
 * @property {string} sha256
 * @property {string} format
 * @property {string | null} encoding
 * @property {string | null} crs_received
 * @property {number | null} crs_confidence_0to1
 * @property {string} crs_evidence
 * @property {string} conversion
 * @property {number} rows_read
 * @property {number} rows_kept
 * @property {number} rows_quarantined
 * @property {Text[]} warnings
 * @property {string} imported_utc
 *
 * @typedef {{name: Text, centre: [number, number], zoom: number, bounds: [number, number, number, number], missing: string[]}} City Degrees, WGS 84; `missing` are its datasets that are not there, or not yet
 *
 * @typedef {object} Dataset
 * @property {string} id
 * @property {Text} title
 * @property {Text | null} description
 * @property {string} steward
 * @property {string} licence
 * @property {string} attribution
 * @property {string} source
 * @property {number} grade
 * @property {string} sharing
 * @property {string} opening
 * @property {boolean} synthetic
 * @property {string[]} keywords
 * @property {number} version
 * @property {string} created_utc
 * @property {DatasetColumn[]} columns
 * @property {"point" | "line" | "polygon" | "mixed" | "none"} geometry_type
 * @property {number} row_count
 * @property {[number, number, number, number] | null} extent
 * @property {[string, string] | null} time_extent
 * @property {Record<string, number>} quality
 * @property {Lineage} lineage
 * @property {string} change
 * @property {string} edition Which treated edition of the version this is; empty for itself
 * @property {Text[]} treated What was done to the rows before they were shown
 * @property {Record<string, {kind: string, treatment: string}>} sensitive
 * @property {{column: string, kind: string, treatment: string}[]} found_sensitive
 *
 * @typedef {object} Model
 * @property {string} id
 * @property {string} version
 * @property {Text} title
 * @property {Text} question
 * @property {string[]} reads
 * @property {Schema} request_schema
 * @property {{title: Text, path: string} | null} [page] The scenario's own page, under the server's root
 *
 * @typedef {Record<string, any>} Schema A JSON schema, draft 2020-12, without references
 *
 * @typedef {object} Job
 * @property {string} jobID
 * @property {string} processID
 * @property {"accepted" | "running" | "successful" | "failed" | "dismissed"} status
 * @property {string} [message]
 * @property {string} [stage]
 * @property {number} [progress] Per cent
 * @property {number | null} [estimate_s] Seconds still to go
 * @property {string} [created]
 * @property {string} [started]
 * @property {string} [finished]
 * @property {string | null} [outcome]
 * @property {string | null} [digest]
 * @property {Record<string, any>} [problem] Of a failed one: why, in the language asked for
 *
 * @typedef {object} Quality
 * @property {"exact" | "optimal" | "gap" | "heuristic" | "interval"} kind
 * @property {number | null} objective
 * @property {number | null} bound
 * @property {number | null} gap_0to1
 * @property {Text | null} note
 *
 * @typedef {string | number | boolean | null} Scalar
 *
 * @typedef {object} Measure
 * @property {string} key
 * @property {Text} title
 * @property {Scalar} value
 * @property {string} unit
 * @property {[number, number] | null} interval
 *
 * @typedef {object} Table
 * @property {string} key
 * @property {Text} title
 * @property {Column[]} columns
 * @property {Scalar[][]} rows
 *
 * @typedef {object} DecisionLayer
 * @property {string} key
 * @property {Text} title
 * @property {"point" | "line" | "polygon"} geometry
 * @property {Column[]} columns
 * @property {{geometry: any, properties: Record<string, Scalar>}[]} features
 * @property {string | null} colour_by
 * @property {string | null} size_by
 * @property {"answer" | "context"} role
 *
 * @typedef {object} Chart
 * @property {string} key
 * @property {Text} title
 * @property {"line" | "bar" | "scatter"} kind
 * @property {Column} x
 * @property {Column} y
 * @property {{title: Text, x: (number | string)[], y: number[]}[]} series
 *
 * @typedef {object} Decision
 * @property {string} outcome
 * @property {Text} answer
 * @property {Quality} quality
 * @property {Measure[]} measures
 * @property {DecisionLayer[]} layers
 * @property {Table[]} tables
 * @property {Chart[]} charts
 * @property {Text[]} caveats
 *
 * @typedef {object} RunRecord
 * @property {string} run
 * @property {string} model
 * @property {string} model_version
 * @property {Record<string, unknown>} request
 * @property {Record<string, {version: number, snapshot: number, sha256: string, edition: string}>} datasets
 * @property {number | null} seed
 * @property {Record<string, string>} environment
 * @property {string} submitted_utc
 * @property {string | null} started_utc
 * @property {string} ended_utc
 * @property {"successful" | "failed" | "dismissed"} status
 * @property {string | null} outcome
 * @property {string | null} decision_digest
 * @property {{slug: string, message: string, hint: string} | null} error
 * @property {Decision | null} decision
 *
 * @typedef {{same: boolean, first_digest: string | null, second_digest: string | null, differences: {where: string, first: string | null, second: string | null}[]}} Comparison
 *
 * @typedef {object} Preview
 * @property {{name: string, source_name: string, type: string}[]} columns
 * @property {Scalar[][]} rows The first rows, as they would be kept, values in the order of the columns
 * @property {number} row_estimate
 * @property {boolean} row_count_is_exact
 * @property {string} format
 * @property {string | null} encoding
 * @property {string | null} delimiter
 * @property {string[]} layers Layers or sheets to choose from
 * @property {{crs: string | null, confidence_0to1: number, evidence: Text, alternatives: string[]} | null} crs
 * @property {{kind: string, columns: string[]}} geometry
 * @property {Text[]} warnings
 * @property {{row_number: number, reason: Text, raw: string}[]} quarantine
 * @property {Record<string, any>} options The options with every guess filled in
 *
 * @typedef {object} Upload
 * @property {string} id
 * @property {string} name
 * @property {number} size
 * @property {string} suggested_id
 * @property {Text[]} cautions
 * @property {Preview} preview
 *
 * @typedef {object} View A layer as the map shows it
 * @property {string} id
 * @property {Text | string} title
 * @property {"point" | "line" | "polygon" | "mixed"} geometry
 * @property {Column[]} columns
 * @property {any[]} features GeoJSON features; of a view of tiles some of them, for its scale
 * @property {number} [count] How many there are in all, where `features` are only some
 * @property {{url: string, layer: string}} [tiles] Vector tiles to draw instead of the features
 * @property {string | null} colourBy
 * @property {string | null} [sizeBy]
 * @property {"answer" | "context"} role
 * @property {string} [credit]
 * @property {boolean} [synthetic]
 * @property {() => string} [note] What a reader of the legend should know, in the language of now
 * @property {() => string} [note3d] The same of heights and times
 * @property {string} [moment] An instant that the view is about, RFC 3339
 * @property {boolean} [hidden]
 * @property {"a" | "b"} [side] Of two runs that are compared, the one it is of; drawn on that side's map only
 * @property {string} [twin] The view of the same layer on the other side
 * @property {{values: unknown[] | null, most: number, turn: number}} [common] What both sides' colours and sizes go by
 */
export {};
