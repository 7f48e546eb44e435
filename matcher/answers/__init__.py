"""From rows to answers: records as shown, reasons as data, sentences in Chinese and English."""
