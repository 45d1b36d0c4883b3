INSERT INTO number_holders (phone, recipient_id)
SELECT phone, recipient_id FROM outside_contacts WHERE phone IS NOT NULL
ON CONFLICT (phone, recipient_id) DO NOTHING
